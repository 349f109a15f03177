// Builds GGUF bytes field by field, right or wrong, and the tiny file that the tests damage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/gguf/reader.h"

namespace raw {

using alcove::engine::GgufType;
using alcove::engine::TensorType;

class Bytes {
public:
    template <typename T>
    Bytes& put(T value) {
        static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
        const size_t at = m_bytes.size();
        m_bytes.resize(at + sizeof(T));
        std::memcpy(m_bytes.data() + at, &value, sizeof(T));
        return *this;
    }
    Bytes& u32(uint32_t value) { return put(value); }
    Bytes& u64(uint64_t value) { return put(value); }
    Bytes& type(GgufType value) { return put(value); }
    Bytes& text(std::string_view value) {  // without its length
        for (const char c : value) put(c);
        return *this;
    }
    Bytes& string(std::string_view value) { return u64(value.size()).text(value); }
    Bytes& key(std::string_view name, GgufType valueType) { return string(name).type(valueType); }
    Bytes& header(uint64_t tensors, uint64_t pairs, uint32_t version = 3) {
        return text("GGUF").u32(version).u64(tensors).u64(pairs);
    }
    Bytes& tensor(std::string_view name, std::vector<uint64_t> shape, TensorType valueType,
                  uint64_t offset) {
        string(name).u32(static_cast<uint32_t>(shape.size()));
        for (const uint64_t extent : shape) u64(extent);
        return put(valueType).u64(offset);
    }
    Bytes& align(size_t alignment = 32) {
        m_bytes.resize((m_bytes.size() + alignment - 1) / alignment * alignment);
        return *this;
    }
    Bytes& zeros(size_t count) {
        m_bytes.resize(m_bytes.size() + count);
        return *this;
    }
    [[nodiscard]] size_t size() const { return m_bytes.size(); }
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return m_bytes; }

private:
    std::vector<std::byte> m_bytes;
};

/// One value of every type, arrays of several, nested ones, and three tensors.
inline std::vector<std::byte> tinyFile(uint32_t version = 3) {
    Bytes b;
    b.header(3, 19, version);
    b.key("u8", GgufType::U8).put(uint8_t{200});
    b.key("i8", GgufType::I8).put(int8_t{-100});
    b.key("u16", GgufType::U16).put(uint16_t{60000});
    b.key("i16", GgufType::I16).put(int16_t{-30000});
    b.key("u32", GgufType::U32).put(uint32_t{4000000000});
    b.key("i32", GgufType::I32).put(int32_t{-2000000000});
    b.key("f32", GgufType::F32).put(1.5f);
    b.key("bool", GgufType::Bool).put(uint8_t{1});
    b.key("string", GgufType::String).string("hé");
    b.key("u64", GgufType::U64).put(uint64_t{18000000000000000000u});
    b.key("i64", GgufType::I64).put(int64_t{-9000000000000000000});
    b.key("f64", GgufType::F64).put(2.25);
    b.key("empty", GgufType::Array).type(GgufType::String).u64(0);
    b.key("strings", GgufType::Array).type(GgufType::String).u64(2).string("a").string("");
    b.key("i16s", GgufType::Array).type(GgufType::I16).u64(3);
    b.put(int16_t{1}).put(int16_t{-2}).put(int16_t{3});
    b.key("f32s", GgufType::Array).type(GgufType::F32).u64(2).put(0.5f).put(-4.0f);
    b.key("bools", GgufType::Array).type(GgufType::Bool).u64(2).put(uint8_t{0}).put(uint8_t{1});
    b.key("nested", GgufType::Array).type(GgufType::Array).u64(2);
    b.type(GgufType::U8).u64(2).put(uint8_t{7}).put(uint8_t{8});
    b.type(GgufType::String).u64(1).string("x");
    b.key("general.alignment", GgufType::U32).u32(64);
    b.tensor("one", {3}, TensorType::F32, 0);
    b.tensor("two", {32, 2}, TensorType::Q8_0, 64);
    b.tensor("three", {2, 1, 1, 2}, TensorType::F16, 192);
    b.align(64);
    b.put(1.0f).put(2.0f).put(3.0f).align(64);
    b.zeros(68).align(64);
    b.put(uint64_t{0x0123456789abcdef});
    return b.bytes();
}

}  // namespace raw
