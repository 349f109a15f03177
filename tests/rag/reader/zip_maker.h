// Writes ZIP archives, good and bad ones, without a library that would refuse the bad.
#pragma once

#include <QByteArray>
#include <array>
#include <cstdint>

namespace alcove::test {

class ZipMaker {
public:
    struct Options {
        bool deflate = true;
        bool encryptedFlag = false;
        qint64 claimedSize = -1;  // what the entry says it unpacks to, if not the truth
    };

    ZipMaker& add(const QByteArray& name, const QByteArray& content) {
        return add(name, content, Options{});
    }
    ZipMaker& add(const QByteArray& name, const QByteArray& content, const Options& options) {
        QByteArray data = content;
        if (options.deflate) {
            data = qCompress(content, 9);
            data = data.mid(6, data.size() - 10);  // Qt's length, zlib's head and sum
        }
        const auto size =
            static_cast<uint32_t>(options.claimedSize >= 0 ? options.claimedSize : content.size());
        QByteArray common;
        put16(common, 20);
        put16(common, options.encryptedFlag ? 1 : 0);
        put16(common, options.deflate ? 8 : 0);
        put32(common, 0);
        put32(common, crc(content));
        put32(common, static_cast<uint32_t>(data.size()));
        put32(common, size);
        put16(common, static_cast<uint16_t>(name.size()));
        put16(common, 0);

        m_central += QByteArray("PK\1\2\x14\0", 6) + common;
        put16(m_central, 0);  // comment
        put16(m_central, 0);  // disk
        put16(m_central, 0);  // attributes
        put32(m_central, 0);
        put32(m_central, static_cast<uint32_t>(m_body.size()));
        m_central += name;
        m_body += QByteArray("PK\3\4", 4) + common + name + data;
        ++m_count;
        return *this;
    }

    [[nodiscard]] QByteArray bytes() const {
        QByteArray end("PK\5\6\0\0\0\0", 8);
        put16(end, m_count);
        put16(end, m_count);
        put32(end, static_cast<uint32_t>(m_central.size()));
        put32(end, static_cast<uint32_t>(m_body.size()));
        put16(end, 0);
        return m_body + m_central + end;
    }

private:
    static void put16(QByteArray& to, uint16_t value) {
        to += static_cast<char>(value & 0xFF);
        to += static_cast<char>(value >> 8);
    }
    static void put32(QByteArray& to, uint32_t value) {
        put16(to, static_cast<uint16_t>(value & 0xFFFF));
        put16(to, static_cast<uint16_t>(value >> 16));
    }
    static uint32_t crc(const QByteArray& bytes) {
        uint32_t sum = ~0U;
        for (const char c : bytes) {
            sum ^= static_cast<uint8_t>(c);
            for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ (0xEDB88320U & (0U - (sum & 1)));
        }
        return ~sum;
    }

    QByteArray m_body, m_central;
    uint16_t m_count = 0;
};

}  // namespace alcove::test
