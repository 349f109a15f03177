#include "rag/answer/table.h"

#include <QtTest>

#include "rag/answer/listing.h"

using namespace alcove::rag;

namespace {

StoredChunk chunkOf(uint32_t ordinal, BlockKind kind, const std::string& body, uint64_t begin,
                    const std::string& heading = {}) {
    StoredChunk stored;
    stored.id = ordinal + 1;
    stored.document = 1;
    stored.ordinal = ordinal;
    stored.chunk.kind = kind;
    stored.chunk.body = body;
    stored.chunk.heading = heading;
    stored.chunk.range = {begin, begin + body.size()};
    return stored;
}

WholeTable orders() {
    const std::string first =
        "Order\tCity\tProduct\tQuantity\tUnit price\tTotal\tDate\n"
        "A-1\tOslo\tOak desk\t12\t240.00\t2,880.00\t2023-01-09\n"
        "A-2\tBergen\tChair\t60\t48.00\t2,880.00\t2023-02-20";
    const std::string second =
        "A-3\tOslo\tChair\t24\t48.00\t1,152.00\t2023-04-04\n"
        "A-4\tBergen\tOak table\t8\t295.00\t2,360.00\t2023-03-14\n"
        "A-5\tOslo\tOak desk\t5\t240.00\tunknown\t2022-12-21";
    const std::vector<StoredChunk> chunks = {
        chunkOf(0, BlockKind::TableHeader, first, 0),
        chunkOf(1, BlockKind::TableRow, second, first.size() + 1,
                "Order | City | Product | Quantity | Unit price | Total | Date")};
    return tablesOf(chunks, "orders.csv", 1000).at(0);
}

}  // namespace

class TableTest : public QObject {
    Q_OBJECT

private slots:
    void isPutTogether() {
        const WholeTable table = orders();
        QCOMPARE(table.columns.size(), size_t{7});
        QCOMPARE(table.rows.size(), size_t{5});
        QCOMPARE(table.rows[4].cells[1], std::string("Oslo"));
        QCOMPARE(table.rows[0].range.end + 1, table.rows[1].range.begin);
        QCOMPARE(table.rows[1].range.size(), uint64_t{45});
    }

    void rowsAreCutByChunks() {
        // A long row that two chunks share, inside a cell and between two.
        const std::vector<StoredChunk> chunks = {
            chunkOf(0, BlockKind::TableHeader, "Name\tNote\tAge\nAnn\tlong", 0),
            chunkOf(1, BlockKind::TableRow, "text\t40\nBob\tshort", 20),
            chunkOf(2, BlockKind::TableRow, "50", 40)};
        const auto tables = tablesOf(chunks, "", 1000);
        QCOMPARE(tables.size(), size_t{1});
        QCOMPARE(tables[0].rows.size(), size_t{2});
        QCOMPARE(tables[0].rows[0].cells, (std::vector<std::string>{"Ann", "long text", "40"}));
        QCOMPARE(tables[0].rows[1].cells, (std::vector<std::string>{"Bob", "short", "50"}));
    }

    void tablesAreKeptApart() {
        const std::vector<StoredChunk> chunks = {
            chunkOf(0, BlockKind::TableHeader, "A\tB\n1\t2", 0),
            chunkOf(1, BlockKind::TableHeader, "C\tD\n3\t4", 20),
            chunkOf(2, BlockKind::Paragraph, "text", 40),
            chunkOf(3, BlockKind::TableRow, "5\t6", 60)};
        size_t left = 0;
        QCOMPARE(tablesOf(chunks, "", 1000, &left).size(), size_t{3});
        QCOMPARE(left, size_t{0});
        QCOMPARE(tablesOf(chunks, "", 2, &left).size(), size_t{2});
        QCOMPARE(left, size_t{1});
        QVERIFY(tablesOf({}, "", 10).empty());
    }

    void answers_data() {
        QTest::addColumn<QByteArray>("question");
        QTest::addColumn<QByteArray>("expected");  // the answer begins so; empty: no answer
        const auto row = [](const char* question, const char* expected) {
            QTest::newRow(question) << QByteArray(question) << QByteArray(expected);
        };
        row("How many orders are there?", "The table has 5 rows.");
        row("How many orders went to Oslo?", "3 of 5 rows where City is Oslo.");
        row("How many chairs were ordered?",
            "84: the sum of Quantity over 2 rows where Product is Chair.");
        row("How many orders are from 2023?", "4 of 5 rows where Date is 2023.");
        row("How many orders have a quantity of more than 10?", "3 of 5 rows where Quantity > 10.");
        row("How many orders have at least 12 as quantity?", "3 of 5 rows where Quantity ≥ 12.");
        row("What is the sum of the quantity?", "The sum of Quantity is 109, over 5 rows.");
        row("What is the total quantity of orders to Oslo?",
            "The sum of Quantity is 41, over 3 rows where City is Oslo.");
        row("What is the total of all orders?", "The sum of Total is 9,272, over 4 rows.");
        row("What is the average unit price?", "The average of Unit price is 174.20, over 5 rows.");
        row("Which order has the highest quantity?", "The greatest Quantity is 60:\n- Order: A-2;");
        row("Which order has the lowest unit price?",
            "The least Unit price is 48.00:\n- Order: A-2;");
        row("Which order has the lowest unit price in Oslo?",
            "The least Unit price is 48.00 where City is Oslo:\n- Order: A-3;");
        row("Which is the latest order?", "The greatest Date is 2023-04-04:\n- Order: A-3;");
        row("List all orders for Oak desk",
            "2 of 5 rows where Product is Oak desk:\n- Order: A-1;");
        row("List all orders before March 2023", "3 of 5 rows where Date < 2023-03:");
        row("Compare the quantity of orders to Oslo and Bergen",
            "- City Oslo: 3 rows, sum of Quantity 41\n- City Bergen: 2 rows, sum of Quantity 68");
        row("How many days of leave do employees have?", "");
        row("What is the total revenue of the library?", "");
        row("How many dogs are in Oslo?", "");
        row("Which chapter is the longest?", "");
    }
    void answers() {
        QFETCH(QByteArray, question);
        QFETCH(QByteArray, expected);
        const auto answer = askTable(parseQuestion(question.toStdString()), orders());
        const QByteArray text = answer ? QByteArray::fromStdString(answer->text) : QByteArray();
        if (expected.isEmpty())
            QCOMPARE(text, expected);
        else
            QVERIFY2(text.startsWith(expected), text.constData());
    }

    /// What a column counts is not counted by its rows.
    void countsThatStandInAColumn_data() {
        QTest::addColumn<QByteArray>("question");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* question, const char* expected) {
            QTest::newRow(question) << QByteArray(question) << QByteArray(expected);
        };
        row("How many people live in Oslo?", "709,037: People where City is Oslo.");
        row("How many people live in Oslo and Bergen?",
            "1,000,186: the sum of People over 2 rows where City is");
        row("How many people are there?", "1,146,611: the sum of People over 3 rows.");
        row("How many cities are there?", "The table has 3 rows.");
        row("How many orders did Oslo place?", "1 of 3 rows where City is Oslo.");
        row("How many cities have more than 200,000 people?", "2 of 3 rows where People > 200,000");
    }
    void countsThatStandInAColumn() {
        QFETCH(QByteArray, question);
        QFETCH(QByteArray, expected);
        const WholeTable cities =
            tablesOf(std::vector{chunkOf(0, BlockKind::TableHeader,
                                         "City\tPeople\tOrder\nOslo\t709,037\t1001\n"
                                         "Bergen\t291,149\t1002\nStavanger\t146,425\t1003",
                                         0)},
                     "Cities and who placed orders", 1000)
                .at(0);
        const auto answer = askTable(parseQuestion(question.toStdString()), cities);
        QVERIFY(answer);
        QVERIFY2(answer->text.starts_with(expected.toStdString()), answer->text.c_str());
    }

    void leftCellsAreSaid() {
        const auto answer = askTable(parseQuestion("What is the total of all orders?"), orders());
        QVERIFY(answer.has_value());
        QCOMPARE(answer->notes.size(), size_t{1});
        QVERIFY(answer->notes[0].find("1 cell of Total") != std::string::npos);
        QCOMPARE(answer->rows.size(), size_t{4});
    }

    void cells_data() {
        QTest::addColumn<QByteArray>("cell");
        QTest::addColumn<bool>("number");
        QTest::addColumn<double>("value");
        const auto row = [](const char* cell, bool number, double value) {
            QTest::newRow(cell) << QByteArray(cell) << number << value;
        };
        row("1,250.00", true, 1250);
        row("€ 49", true, 49);
        row("49 euros", true, 49);
        row("12 %", true, 12);
        row("(300)", true, -300);
        row("-7", true, -7);
        row("A-1001", false, 0);
        row("Room 4", false, 0);
        row("", false, 0);
        row("n/a", false, 0);
    }
    void cells() {
        QFETCH(QByteArray, cell);
        QFETCH(bool, number);
        QFETCH(double, value);
        const auto found = cellNumber(cell.toStdString());
        QCOMPARE(found.has_value(), number);
        if (found) QCOMPARE(*found, value);
    }

    void numbersAreShown() {
        QCOMPARE(shown(1234567.5), std::string("1,234,567.50"));
        QCOMPARE(shown(-3), std::string("-3"));
        QCOMPARE(shown(0.125), std::string("0.125"));
        QCOMPARE(shown(1e3), std::string("1,000"));
    }

    void lists() {
        Source source;
        source.title = "project.md";
        source.text =
            "Risks\n- The network is weak.\n- Two developers leave.\nSchedule\nIt ends in May. The "
            "deadline of the pilot is in June. The deadline of the training is in August.";
        const auto texts = [&](const char* question) {
            QStringList all;
            for (const Listed& one : listMatches(parseQuestion(question), {source}))
                all << QString::fromStdString(readable(source, one.range));
            return all;
        };
        QCOMPARE(texts("List all deadlines in the project"),
                 (QStringList{"The deadline of the pilot is in June.",
                              "The deadline of the training is in August."}));
        QCOMPARE(texts("List all risks"),
                 (QStringList{"The network is weak.", "Two developers leave."}));
        QCOMPARE(texts("List all dragons"), QStringList());
        QCOMPARE(texts("List all"), QStringList());
    }
};

QTEST_GUILESS_MAIN(TableTest)
#include "table_test.moc"
