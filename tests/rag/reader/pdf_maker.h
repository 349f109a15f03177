// Writes PDFs by hand: text where it is wanted, page trees as broken as wanted, encrypted or not.
#pragma once

#include <QByteArray>
#include <QCryptographicHash>
#include <QList>
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace alcove::test {

class PdfMaker {
public:
    /// A page with this content stream; /F1 is Helvetica, /F2 Helvetica-Bold, on A4.
    PdfMaker& page(const QByteArray& content) {
        m_pages << content;
        return *this;
    }
    /// "(text) at x, y from below, of this size"
    static QByteArray show(const QByteArray& text, double x, double y, double size = 11,
                           const char* font = "F1") {
        QByteArray escaped = text;
        escaped.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        return "BT /" + QByteArray(font) + " " + QByteArray::number(size) + " Tf " +
               QByteArray::number(x) + " " + QByteArray::number(y) + " Td (" + escaped +
               ") Tj ET\n";
    }
    PdfMaker& outline(const QByteArray& title, int page) {
        m_outline << qMakePair(title, page);
        return *this;
    }
    PdfMaker& kids(const QByteArray& kids) {
        m_kids = kids;
        return *this;
    }
    PdfMaker& password(const QByteArray& password) {
        m_password = password;
        return *this;
    }

    /// Objects: 1 catalogue, 2 pages, 3 and 4 fonts, 5 encryption, then pages and their contents,
    /// then the outline.
    [[nodiscard]] QByteArray bytes() {
        m_out = "%PDF-1.4\n%\xE2\xE3\xCF\xD3\n";
        m_offsets.clear();
        if (!m_password.isEmpty()) makeKeys();
        QByteArray kids;
        for (int i = 0; i < m_pages.size(); ++i) kids += QByteArray::number(6 + 2 * i) + " 0 R ";
        if (!m_kids.isEmpty()) kids = m_kids;
        const int outlineAt = 6 + 2 * static_cast<int>(m_pages.size());
        const QByteArray outlines =
            m_outline.isEmpty() ? "" : " /Outlines " + QByteArray::number(outlineAt) + " 0 R";
        object("<< /Type /Catalog /Pages 2 0 R" + outlines + " >>");
        object("<< /Type /Pages /Kids [" + kids + "] /Count " +
               QByteArray::number(std::max<qsizetype>(m_pages.size(), 1)) + " >>");
        object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
        object(
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding "
            ">>");
        object(m_password.isEmpty() ? QByteArray("null")
                                    : "<< /Filter /Standard /V 1 /R 2 /P -4 /O <" +
                                          m_owner.toHex() + "> /U <" + m_user.toHex() + "> >>");
        for (const QByteArray& content : m_pages) {
            const int number = static_cast<int>(m_offsets.size()) + 1;
            object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents " +
                   QByteArray::number(number + 1) +
                   " 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>");
            const QByteArray data = encrypted(content, number + 1);
            object("<< /Length " + QByteArray::number(data.size()) + " >>\nstream\n" + data +
                   "\nendstream");
        }
        addOutline(outlineAt);
        const auto start = m_out.size();
        m_out += "xref\n0 " + QByteArray::number(m_offsets.size() + 1) + "\n0000000000 65535 f \n";
        for (const qsizetype offset : m_offsets)
            m_out += QByteArray::number(offset).rightJustified(10, '0') + " 00000 n \n";
        m_out += "trailer\n<< /Root 1 0 R /Size " + QByteArray::number(m_offsets.size() + 1);
        if (!m_password.isEmpty())
            m_out += " /Encrypt 5 0 R /ID [<" + kId().toHex() + "> <" + kId().toHex() + ">]";
        m_out += " >>\nstartxref\n" + QByteArray::number(start) + "\n%%EOF\n";
        return m_out;
    }

private:
    static QByteArray kId() { return QByteArray(16, 'i'); }
    static QByteArray padded(const QByteArray& password) {
        static const char kPad[] =
            "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
            "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";
        return (password + QByteArray(kPad, 32)).left(32);
    }
    static QByteArray md5(const QByteArray& bytes) {
        return QCryptographicHash::hash(bytes, QCryptographicHash::Md5);
    }
    static QByteArray rc4(const QByteArray& key, QByteArray data) {
        std::array<uint8_t, 256> s{};
        for (size_t i = 0; i < 256; ++i) s[i] = static_cast<uint8_t>(i);
        for (size_t i = 0, j = 0; i < 256; ++i) {
            j = (j + s[i] + static_cast<uint8_t>(key[static_cast<qsizetype>(i) % key.size()])) &
                255;
            std::swap(s[i], s[j]);
        }
        size_t i = 0, j = 0;
        for (char& c : data) {
            i = (i + 1) & 255;
            j = (j + s[i]) & 255;
            std::swap(s[i], s[j]);
            c = static_cast<char>(static_cast<uint8_t>(c) ^ s[(s[i] + s[j]) & 255]);
        }
        return data;
    }
    void makeKeys() {
        m_owner = rc4(md5(padded(m_password)).left(5), padded(m_password));
        m_key =
            md5(padded(m_password) + m_owner + QByteArray("\xFC\xFF\xFF\xFF", 4) + kId()).left(5);
        m_user = rc4(m_key, padded({}));
    }
    [[nodiscard]] QByteArray encrypted(const QByteArray& data, int number) const {
        if (m_password.isEmpty()) return data;
        QByteArray key = m_key;
        for (int shift = 0; shift < 24; shift += 8) key += static_cast<char>(number >> shift);
        key += QByteArray(2, '\0');
        return rc4(md5(key).left(10), data);
    }
    void object(const QByteArray& content) {
        m_offsets << m_out.size();
        m_out += QByteArray::number(m_offsets.size()) + " 0 obj\n" + content + "\nendobj\n";
    }
    void addOutline(int first) {
        if (m_outline.isEmpty()) return;
        const auto count = static_cast<int>(m_outline.size());
        const auto at = [](int number) { return QByteArray::number(number) + " 0 R"; };
        object("<< /Type /Outlines /First " + at(first + 1) + " /Last " + at(first + count) +
               " /Count " + QByteArray::number(count) + " >>");
        for (int i = 0; i < count; ++i) {
            QByteArray entry = "<< /Title (" + m_outline[i].first + ") /Parent " + at(first) +
                               " /Dest [" + at(6 + 2 * m_outline[i].second) + " /Fit]";
            if (i > 0) entry += " /Prev " + at(first + i);
            if (i + 1 < count) entry += " /Next " + at(first + i + 2);
            object(entry + " >>");
        }
    }

    QList<QByteArray> m_pages;
    QList<QPair<QByteArray, int>> m_outline;
    QByteArray m_kids, m_password, m_owner, m_user, m_key, m_out;
    QList<qsizetype> m_offsets;
};

}  // namespace alcove::test
