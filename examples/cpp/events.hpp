// Turns scores over time into events: the manifest's threshold, release, minimum duration, cooldown, merging, warm-up.
#pragma once

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace zoo {

using Json = nlohmann::ordered_json;

// What the difference of two times may lack through rounding, in seconds: 2.8 - 0.8 is less than 2.
inline constexpr double kRoundingS = 1e-6;

// Reported twice: when it is raised, without an end, and when it is over.
struct Event {
  std::string label;
  double start_s;
  std::optional<double> end_s;
  double score;  // the highest so far
};

// Turns scores into events, one score at a time.
class EventDetector {
 public:
  // std::lrint rounds halves to even, as the Python package does: 0.2 s at 12.5 Hz are 2 steps, not 3.
  EventDetector(const Json& rule, double rate_hz)
      : label_(rule.at("label")), threshold_(rule.at("threshold")), release_(rule.at("release")),
        cooldown_s_(rule.at("cooldown_s")), warm_up_s_(rule.at("warm_up_s")), rate_hz_(rate_hz),
        need_(std::max(1L, std::lrint(rule.at("min_duration_s").get<double>() * rate_hz))),
        bridge_(std::lrint(rule.at("merge_s").get<double>() * rate_hz)) {}

  // Takes the score of the next time step; returns the event that it raises or ends, if any.
  std::optional<Event> push(double score) {
    const double now = step_++ / rate_hz_;
    if (start_) return go_on(score);
    above_ = score >= threshold_ && now >= warm_up_s_ ? above_ + 1 : 0;
    const bool rested = !last_start_ || now - *last_start_ >= cooldown_s_ - kRoundingS;
    if (above_ < need_ || !rested) return std::nullopt;
    start_ = last_start_ = now;
    peak_ = score;
    above_ = 0;
    return Event{label_, now, std::nullopt, score};
  }

  // Ends the recording; returns the event in progress, if any.
  std::optional<Event> flush() { return start_ ? std::optional(close()) : std::nullopt; }

 private:
  std::optional<Event> go_on(double score) {
    const long step = step_ - 1;
    peak_ = std::max(peak_, score);
    if (score >= threshold_) {
      fell_.reset();
    } else if (score < release_ && !fell_) {
      fell_ = step;
    }
    return fell_ && step - *fell_ >= bridge_ ? std::optional(close()) : std::nullopt;
  }

  Event close() {
    Event event{label_, *start_, fell_.value_or(step_) / rate_hz_, peak_};
    start_.reset();
    fell_.reset();
    return event;
  }

  std::string label_;
  double threshold_, release_, cooldown_s_, warm_up_s_, rate_hz_;
  long need_, bridge_;
  long step_ = 0, above_ = 0;
  double peak_ = 0;
  std::optional<double> start_, last_start_;
  std::optional<long> fell_;
};

}  // namespace zoo
