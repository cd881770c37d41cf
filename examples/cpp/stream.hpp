// A streaming sensor model of the zoo on onnxruntime's C++ API. Needs only `model.onnx`, which contains the manifest.
#pragma once

#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "events.hpp"

namespace zoo {

using Samples = std::vector<std::vector<float>>;  // [time][feature]

// A loaded model. Each stream has its own states, so one model serves several streams, one at a time.
class Model {
 public:
  explicit Model(const std::string& path) : session_(env_, path.c_str(), options()) {
    manifest = Json::parse(metadata("zoo.manifest", "{}"));
    selftest = Json::parse(metadata("zoo.selftest", "[]"));
    if (manifest.value("format_version", 0) != 3) throw std::runtime_error("expected bundle format 3, got another one");
    const Json& input = manifest.at("input");
    const bool even = input.at("kind") == "recording" && input.at("fill") == "line" && !input.at("gaps").get<bool>();
    const bool one = manifest.at("task") == "event-detection" && manifest.at("events").size() == 1;
    if (!even || !one || manifest.at("streaming").is_null())
      throw std::runtime_error("expected a streaming sensor model with an even rate, got another one");
    inputs_ = {manifest["input"]["name"]};
    outputs_ = {manifest["output"]["name"]};
    for (const Json& state : manifest["streaming"]["states"]) {
      inputs_.push_back(state["input"]);
      outputs_.push_back(state["output"]);
    }
  }

  // The tensors for the first run of a stream or a recording: a placeholder for the input, then the initial states.
  std::vector<Ort::Value> beginning() const {
    std::vector<Ort::Value> tensors;
    tensors.emplace_back(nullptr);
    for (const Json& state : manifest["streaming"]["states"]) {
      std::vector<int64_t> shape{1};
      for (const Json& size : state["sizes"]) shape.push_back(size);
      tensors.push_back(Ort::Value::CreateTensor<float>(allocator_, shape.data(), shape.size()));
      const size_t count = tensors.back().GetTensorTypeAndShapeInfo().GetElementCount();
      std::fill_n(tensors.back().GetTensorMutableData<float>(), count, state["initial"].get<float>());
    }
    return tensors;
  }

  // Returns the scores of the next samples and stores the states for the next run in `tensors`.
  std::vector<float> run(const Samples& samples, std::vector<Ort::Value>& tensors) {
    std::vector<float> values;
    for (const auto& sample : samples) values.insert(values.end(), sample.begin(), sample.end());
    const auto features = static_cast<int64_t>(manifest["input"]["features"].size());
    const int64_t shape[] = {1, static_cast<int64_t>(samples.size()), features};
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    tensors[0] = Ort::Value::CreateTensor<float>(memory, values.data(), values.size(), shape, 3);
    const auto in = pointers(inputs_), out = pointers(outputs_);
    auto results = session_.Run(Ort::RunOptions{nullptr}, in.data(), tensors.data(), in.size(), out.data(), out.size());
    std::move(results.begin() + 1, results.end(), tensors.begin() + 1);
    const float* scores = results[0].GetTensorData<float>();
    return {scores, scores + results[0].GetTensorTypeAndShapeInfo().GetElementCount()};
  }

  // Refuses values outside the sensor's limits. NaN would stay in the states permanently.
  void check(const std::vector<float>& sample) const {
    const Json& features = manifest["input"]["features"];
    if (sample.size() != features.size())
      throw std::runtime_error("expected " + std::to_string(features.size()) + " values in each sample");
    for (size_t i = 0; i < sample.size(); ++i) {
      const Json &low = features[i]["low"], &high = features[i]["high"];
      const bool inside = (low.is_null() || sample[i] >= low.get<float>()) &&
                          (high.is_null() || sample[i] <= high.get<float>());
      if (!std::isfinite(sample[i]) || !inside)
        throw std::runtime_error("expected " + features[i]["name"].get<std::string>() + " from " + low.dump() + " to " +
                                 high.dump() + ", got " + std::to_string(sample[i]));
    }
  }

  Json manifest, selftest;

 private:
  static Ort::SessionOptions options() {  // one thread, because more would be slower for a model of this size
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    return options;
  }

  static std::vector<const char*> pointers(const std::vector<std::string>& names) {
    std::vector<const char*> pointers;
    for (const auto& name : names) pointers.push_back(name.c_str());
    return pointers;
  }

  std::string metadata(const char* key, const char* otherwise) {
    const auto text = session_.GetModelMetadata().LookupCustomMetadataMapAllocated(key, allocator_);
    return text ? text.get() : otherwise;
  }

  Ort::Env env_{ORT_LOGGING_LEVEL_ERROR, "zoo"};
  Ort::Session session_;
  Ort::AllocatorWithDefaultOptions allocator_;
  std::vector<std::string> inputs_, outputs_;
};

// A stream of one sensor's live samples at the manifest's rate.
class Stream {
 public:
  explicit Stream(Model& model) : detector(rule(model)), model_(model), tensors_(model.beginning()) {}

  // Resets the stream. Call it after `streaming.reset_after_s` seconds without a sample.
  void reset() {
    detector = rule(model_);
    tensors_ = model_.beginning();
    waiting_.clear();
  }

  // Takes samples; returns the events that they raise or end. `scores` then holds the scores of these samples.
  std::vector<Event> push(const Samples& samples) {
    for (const auto& sample : samples) model_.check(sample);
    waiting_.insert(waiting_.end(), samples.begin(), samples.end());
    const size_t piece = model_.manifest["streaming"]["piece"];
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_.size() / piece * piece);
    scores.clear();
    if (end != waiting_.begin()) scores = model_.run(Samples(waiting_.begin(), end), tensors_);
    waiting_.erase(waiting_.begin(), end);
    std::vector<Event> events;
    for (const float score : scores)
      if (const auto event = detector.push(score)) events.push_back(*event);
    return events;
  }

  EventDetector detector;
  std::vector<float> scores;

 private:
  static EventDetector rule(const Model& model) {
    const double rate_hz = model.manifest["input"]["sample_rate_hz"];
    return {model.manifest["events"][0], rate_hz / model.manifest["streaming"]["piece"].get<double>()};
  }

  Model& model_;
  std::vector<Ort::Value> tensors_;
  Samples waiting_;
};

}  // namespace zoo
