// Stands in for onnxruntime's C++ API where its headers are not installed: the part of it that examples/cpp calls,
// answered by onnxruntime in a Python process. ZOO_STAND_IN_PYTHON names the interpreter, ZOO_STAND_IN the script.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

enum OrtLoggingLevel { ORT_LOGGING_LEVEL_ERROR };
enum OrtAllocatorType { OrtArenaAllocator };
enum OrtMemType { OrtMemTypeDefault };

namespace Ort {

using Json = nlohmann::ordered_json;

struct Env {
  Env(OrtLoggingLevel, const char*) {}
};
struct SessionOptions {
  void SetIntraOpNumThreads(int) {}
};
struct RunOptions {
  explicit RunOptions(std::nullptr_t) {}
};
struct AllocatorWithDefaultOptions {
  operator int() const { return 0; }
};
struct MemoryInfo {
  static MemoryInfo CreateCpu(OrtAllocatorType, OrtMemType) { return {}; }
};
struct TensorTypeAndShapeInfo {
  size_t GetElementCount() const { return count; }
  size_t count;
};

// A tensor of float32. Like the real one it can be moved and not copied.
class Value {
 public:
  explicit Value(std::nullptr_t) {}
  Value(Value&&) = default;
  Value& operator=(Value&&) = default;

  template <typename T>
  static Value CreateTensor(int, const int64_t* shape, size_t size) {
    Value value(nullptr);
    value.dims.assign(shape, shape + size);
    size_t count = 1;
    for (const int64_t dim : value.dims) count *= static_cast<size_t>(dim);
    value.data.resize(count);
    return value;
  }
  template <typename T>
  static Value CreateTensor(const MemoryInfo&, T* values, size_t count, const int64_t* shape, size_t size) {
    Value value(nullptr);
    value.dims.assign(shape, shape + size);
    value.data.assign(values, values + count);
    return value;
  }
  TensorTypeAndShapeInfo GetTensorTypeAndShapeInfo() const { return {data.size()}; }
  template <typename T>
  T* GetTensorMutableData() { return data.data(); }
  template <typename T>
  const T* GetTensorData() const { return data.data(); }

  std::vector<int64_t> dims;
  std::vector<float> data;
};

struct ModelMetadata {
  struct Text {
    std::shared_ptr<std::string> text;
    explicit operator bool() const { return text != nullptr; }
    const char* get() const { return text->c_str(); }
  };
  Text LookupCustomMetadataMapAllocated(const char* key, int) const {
    if (!texts.contains(key)) return {};
    return {std::make_shared<std::string>(texts[key].get<std::string>())};
  }
  Json texts;
};

class Session {
 public:
  Session(const Env&, const char* path, const SessionOptions&) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) throw std::runtime_error("no pipes");
    const std::string python = std::getenv("ZOO_STAND_IN_PYTHON"), script = std::getenv("ZOO_STAND_IN");
    child_ = fork();
    if (child_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (const int end : {to[0], to[1], from[0], from[1]}) close(end);
      execl(python.c_str(), python.c_str(), script.c_str(), path, static_cast<char*>(nullptr));
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    asked_ = fdopen(to[1], "w");
    answers_ = fdopen(from[0], "r");
    try {
      metadata_ = answer().at("metadata");
    } catch (...) {
      hang_up();
      throw;
    }
  }
  ~Session() { hang_up(); }
  Session(const Session&) = delete;

  ModelMetadata GetModelMetadata() const {
    ModelMetadata metadata;
    metadata.texts = metadata_;
    return metadata;
  }

  std::vector<Value> Run(const RunOptions&, const char* const* names, const Value* inputs, size_t count,
                         const char* const* outputs, size_t wanted) {
    Json sent = Json::object();
    for (size_t i = 0; i < count; ++i) {
      std::vector<uint8_t> bytes(inputs[i].data.size() * sizeof(float));
      std::memcpy(bytes.data(), inputs[i].data.data(), bytes.size());
      sent[names[i]] = {{"type", "float32"}, {"dims", inputs[i].dims}, {"bytes", bytes}};
    }
    std::fputs((sent.dump() + "\n").c_str(), asked_);
    std::fflush(asked_);
    const Json results = answer();
    std::vector<Value> values;
    for (size_t i = 0; i < wanted; ++i) {
      const Json& one = results.at(outputs[i]);
      const auto bytes = one["bytes"].get<std::vector<uint8_t>>();
      values.emplace_back(nullptr);
      values.back().dims = one["dims"].get<std::vector<int64_t>>();
      values.back().data.resize(bytes.size() / sizeof(float));
      std::memcpy(values.back().data.data(), bytes.data(), bytes.size());
    }
    return values;
  }

 private:
  Json answer() {
    std::string line;
    for (int one = std::fgetc(answers_); one != EOF && one != '\n'; one = std::fgetc(answers_))
      line.push_back(static_cast<char>(one));
    Json found = Json::parse(line.empty() ? R"({"error": "the stand-in has ended"})" : line);
    if (found.contains("error")) throw std::runtime_error(found["error"].get<std::string>());
    return found;
  }
  void hang_up() {
    std::fclose(asked_);
    std::fclose(answers_);
    waitpid(child_, nullptr, 0);
  }

  pid_t child_;
  FILE *asked_, *answers_;
  Json metadata_;
};

}  // namespace Ort
