// selftest model.onnx: checks that this device computes what was computed at export. Prints one JSON line per answer.
// The model runs every recorded input twice: as a whole recording, and sample by sample like a live sensor.
#include <iostream>
#include <map>

#include "stream.hpp"

namespace {

constexpr double TOLERANCE = 1e-4;  // processors round differently

// The model's answer to one recording that is pushed in parts: label, score and events.
zoo::Json answer(zoo::Model& model, const std::vector<zoo::Samples>& parts) {
  zoo::Stream stream(model);
  zoo::Json events = zoo::Json::array();
  double score = -std::numeric_limits<double>::infinity();
  const auto note = [&](const zoo::Event& event) {
    if (event.end_s)
      events.push_back(
          {{"label", event.label}, {"start_s", event.start_s}, {"end_s", *event.end_s}, {"score", event.score}});
  };
  for (const zoo::Samples& part : parts) {
    for (const zoo::Event& event : stream.push(part)) note(event);
    for (const float one : stream.scores) score = one <= score ? score : one;  // keeps NaN
  }
  if (const auto last = stream.detector.flush()) note(*last);
  const zoo::Json label = events.empty() ? zoo::Json("none") : model.manifest["events"][0]["label"];
  return {{"label", label}, {"score", score}, {"events", events}};
}

bool passes(zoo::Model& model) {
  if (model.selftest.empty())
    throw std::runtime_error("expected a self-test in the bundle, got none. Export the bundle again.");
  bool passed = true;
  for (size_t number = 0; number < model.selftest.size(); ++number) {
    const zoo::Json& recorded = model.selftest[number];
    const auto input = recorded["input"].get<zoo::Samples>();
    std::map<std::string, std::vector<zoo::Samples>> ways{{"whole", {input}}};
    for (const auto& sample : input) ways["sample by sample"].push_back({sample});
    for (const auto& [way, parts] : ways) {
      zoo::Json line = {{"case", number}, {"way", way}};
      line.update(answer(model, parts));
      const double off = std::abs(line["score"].get<double>() - recorded["score"].get<double>());
      const bool equal = line["label"] == recorded["label"] && off <= TOLERANCE;
      line["expected"] = {{"label", recorded["label"]}, {"score", recorded["score"]}};
      line["equal"] = equal;
      std::cout << line << '\n';
      passed = passed && equal;
    }
  }
  return passed;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: selftest model.onnx\n";
    return 2;
  }
  try {
    zoo::Model model(arguments[1]);
    return passes(model) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << arguments[1] << ": " << error.what() << '\n';
    return 2;
  }
}
