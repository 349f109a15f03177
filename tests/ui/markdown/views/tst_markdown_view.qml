import QtQuick
import QtTest
import Alcove.Controls
import Alcove.Markdown

Item {
    id: page
    width: 700
    height: 800

    MarkdownModel {
        id: answer
        citations: 9
    }

    MarkdownView {
        id: view
        width: 600
        content: answer
    }

    TextEdit {
        id: paper
        visible: false
    }

    SignalSpy {
        id: links
        target: view
        signalName: "linkActivated"
    }
    SignalSpy {
        id: citations
        target: view
        signalName: "citationActivated"
    }
    SignalSpy {
        id: hovers
        target: view
        signalName: "citationHovered"
    }

    TestCase {
        name: "MarkdownView"
        when: windowShown

        function init(): void {
            view.width = 600;
            Theme.dark = false;
            answer.unsupported = [];
            answer.text = "";
            [links, citations, hovers].forEach(spy => spy.clear());
        }

        function all(item: Item, test: var): var {
            let found = test(item) ? [item] : [];
            for (let i = 0; i < item.children.length; ++i)
                found = found.concat(all(item.children[i], test));
            return found;
        }

        function sheets(): var {
            return all(view, item => item instanceof TextSheet || item instanceof TableSheet || item instanceof CodeSheet);
        }

        function settle(): void {
            if (isPolishScheduled(view))
                waitForItemPolished(view);
        }

        function pasted(): string {
            paper.clear();
            paper.paste();
            return paper.text;
        }

        function test_heightFollowsWidth(): void {
            answer.text = "word ".repeat(100);
            settle();
            const wide = view.implicitHeight;
            compare(wide % Theme.readingLine, 0);
            view.width = 300;
            settle();
            verify(view.implicitHeight > wide * 1.5);
            compare(view.implicitHeight, sheets()[0].implicitHeight);
        }

        function test_textWrapsWithinItsWidth(): void {
            answer.text = "a".repeat(500) + " " + "word ".repeat(50);
            verify(sheets()[0].contentWidth <= 601);
        }

        function test_blocksGetTheirPlaces(): void {
            answer.text = "# h\n\np\n\n- a\n  1. b\n\n> q\n\n---\n\n```\nc\n```\n\n| t |\n|---|\n| u |";
            const rows = all(view, item => item.hasOwnProperty("sharedQuotes"));
            compare(rows.length, answer.rowCount());
            settle();
            for (let i = 1; i < rows.length; ++i)
                compare(rows[i].y, rows[i - 1].y + rows[i - 1].height);
            compare(sheets()[3].mapToItem(view, 0, 0).x, 2 * Theme.listIndent);
        }

        function test_linkIsToldNotOpened(): void {
            answer.text = "see [the law](https://example.org/x) now";
            const sheet = sheets()[0];
            const rect = sheet.links[0].rect;
            mouseClick(sheet, rect.x + rect.width / 2, rect.y + rect.height / 2);
            compare(links.count, 1);
            compare(links.signalArguments[0][0], "https://example.org/x");
            mouseClick(sheet, 2, 8);
            compare(links.count, 1);
        }

        function test_citationByMouse(): void {
            answer.text = "So it is [2], and so [3].";
            const sheet = sheets()[0];
            compare(sheet.links.length, 2);
            const rect = sheet.links[1].rect;
            mouseMove(sheet, rect.x + 4, rect.y + 4);
            compare(hovers.count, 1);
            compare(hovers.signalArguments[0][0], 3);
            fuzzyCompare(hovers.signalArguments[0][1].x, rect.x, 1);
            mouseClick(sheet, rect.x + 4, rect.y + 4);
            compare(citations.signalArguments[0][0], 3);
            mouseMove(sheet, 2, 2);
            compare(hovers.signalArguments[1][0], 0);
        }

        function test_citationByKeyboard(): void {
            answer.text = "So [2], see [a](u).";
            const stops = all(view, item => item.activeFocusOnTab);
            compare(stops.length, 2);
            stops[0].forceActiveFocus();
            keyClick(Qt.Key_Return);
            compare(citations.signalArguments[0][0], 2);
            keyClick(Qt.Key_Tab);
            verify(stops[1].activeFocus);
            keyClick(Qt.Key_Space);
            compare(links.signalArguments[0][0], "u");
        }

        function test_openCitationLooksDifferent(): void {
            answer.text = "x [2]";
            const sheet = sheets()[0];
            waitForRendering(view);
            const before = grabImage(sheet);
            const rect = sheet.links[0].rect;
            const place = Qt.point(Math.round(rect.x + 3), Math.round(rect.y + rect.height / 2));
            compare(before.pixel(place.x, place.y), Theme.softAccent);
            view.openCitation = 2;
            waitForRendering(view);
            compare(grabImage(sheet).pixel(place.x, place.y), Theme.accent);
            view.openCitation = 0;
        }

        function test_selectsAndCopies(): void {
            answer.text = "One **two** $x$ [3] `four`.";
            const sheet = sheets()[0];
            mouseClick(sheet, 5, 10);
            keySequence(StandardKey.SelectAll);
            compare(sheet.selectedText, "One two $x$ [3] four.");
            keySequence(StandardKey.Copy);
            compare(pasted(), "One two $x$ [3] four.");
            keyClick(Qt.Key_Escape);
            compare(sheet.selectedText, "");
        }

        function test_dragSelects(): void {
            answer.text = "first line of words\\\nsecond line of words";
            const sheet = sheets()[0];
            mousePress(sheet, 0, 10);
            mouseMove(sheet, 60, 20);
            mouseMove(sheet, 500, 40);
            mouseRelease(sheet, 500, 40);
            compare(sheet.selectedText, "first line of words\nsecond line of words");
        }

        function test_doubleClickTakesTheWord(): void {
            answer.text = "hello world";
            const sheet = sheets()[0];
            mouseDoubleClickSequence(sheet, 10, 12);
            compare(sheet.selectedText, "hello");
        }

        function test_tableIsCopiedByCells(): void {
            answer.text = "| a | b |\n|---|---|\n| c | [1] |";
            const sheet = sheets()[0];
            sheet.selectAll();
            compare(sheet.selectedText, "a\tb\nc\t[1]");
        }

        function test_wideTableMovesByKeys(): void {
            answer.text = "| " + "column with words | ".repeat(20) + "\n|" + "---|".repeat(20) + "\n| " + "x | ".repeat(20);
            const sheet = sheets()[0];
            verify(sheet.contentWidth > sheet.width);
            sheet.forceActiveFocus();
            keyClick(Qt.Key_Right);
            verify(sheet.contentX > 0);
            keyClick(Qt.Key_Left);
            compare(sheet.contentX, 0);
        }

        function test_copyButtonSaysCopied(): void {
            answer.text = "```py\nx = 1\ny = 2\n```";
            const button = all(view, item => item instanceof CopyButton)[0];
            compare(button.text, "Copy");
            mouseClick(button);
            compare(button.text, "Copied");
            compare(pasted(), "x = 1\ny = 2");
            tryCompare(button, "text", "Copy", 5000);
            sheets()[0].forceActiveFocus();
            button.forceActiveFocus(Qt.TabFocusReason);
            verify(button.visualFocus);
            keyClick(Qt.Key_Space);
            compare(button.text, "Copied");
        }

        function test_codeNamesItsLanguage(): void {
            answer.text = "```py\nx\n```";
            compare(sheets()[0].languageName, "Python");
            verify(all(view, item => item.text === "Python").length === 1);
        }

        function test_streamingKeepsWhatIsShown(): void {
            answer.streaming = true;
            answer.text = "# a\n\nfirst";
            const before = sheets();
            answer.text = "# a\n\nfirst and more\n\n```c\nint a;";
            const now = sheets();
            verify(now[0] === before[0] && now[1] === before[1]);
            compare(now[1].plainText, "first and more");
            answer.text = "# a\n\nfirst and more\n\n```c\nint a;\nint b;";
            verify(sheets()[2] === now[2]);
            compare(sheets()[2].text, "int a;\nint b;");
            answer.streaming = false;
        }

        function test_rightToLeftBeginsAtTheRight(): void {
            answer.text = "- שלום עולם";
            verify(sheets()[0].rightToLeft);
            const bullet = all(view, item => item.text === "•")[0];
            verify(bullet.mapToItem(view, 0, 0).x > view.width - Theme.listIndent);
        }

        function luminance(value: color): real {
            const part = v => v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
            return 0.2126 * part(value.r) + 0.7152 * part(value.g) + 0.0722 * part(value.b);
        }

        function contrast(a: color, b: color): real {
            const la = luminance(a), lb = luminance(b);
            return (Math.max(la, lb) + 0.05) / (Math.min(la, lb) + 0.05);
        }

        function test_codeColoursCanBeRead_data(): var {
            return [{tag: "light", dark: false}, {tag: "dark", dark: true}];
        }

        function test_codeColoursCanBeRead(data: var): void {
            Theme.dark = data.dark;
            compare(Theme.codeColors.length, 11);
            for (const one of Theme.codeColors)
                verify(contrast(one, Theme.code) >= 4.5, one + " on " + Theme.code + ": " + contrast(one, Theme.code));
            verify(contrast(Theme.ink, Theme.selection) >= 4.5);
        }
    }
}
