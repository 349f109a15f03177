import QtQuick
import QtTest
import Alcove.Controls

Item {
    id: page
    width: 500
    height: 500

    Column {
        id: column
        Switch { id: onOff; text: "History" }
        Check { id: check; text: "Watch it" }
        Radio { id: light; text: "Light"; checked: true }
        Radio { id: dark; text: "Dark" }
        Slider { id: slider; label: "Size"; from: 0; to: 10; stepSize: 1; value: 5 }
        Select { id: select; label: "Language"; model: ["English", "Deutsch", "Français"] }
    }
    SplitHandle { id: handle; x: 300; height: 300 }
    SignalSpy { id: toggled; target: onOff; signalName: "toggled" }
    SignalSpy { id: moved; target: handle; signalName: "moved" }
    SignalSpy { id: released; target: handle; signalName: "released" }
    SignalSpy { id: activated; target: select; signalName: "activated" }

    TestCase {
        name: "Choices"
        when: windowShown

        function cleanup(): void {
            handle.LayoutMirroring.enabled = false;
            for (const spy of [toggled, moved, released, activated])
                spy.clear();
        }

        function test_switchAndCheck(): void {
            for (const one of [onOff, check]) {
                one.checked = false;
                one.forceActiveFocus(Qt.TabFocusReason);
                keyClick(Qt.Key_Space);
                verify(one.checked);
                keyClick(Qt.Key_Return);
                verify(!one.checked);
                mouseClick(one);
                verify(one.checked);
            }
            compare(toggled.count, 3);
        }
        function test_oneOfSeveral(): void {
            dark.forceActiveFocus(Qt.TabFocusReason);
            keyClick(Qt.Key_Return);
            verify(dark.checked && !light.checked);
            light.forceActiveFocus(Qt.TabFocusReason);
            keyClick(Qt.Key_Space);
            verify(light.checked && !dark.checked);
        }
        function test_sliderKeys(): void {
            slider.forceActiveFocus(Qt.TabFocusReason);
            keyClick(Qt.Key_Right);
            compare(slider.value, 6);
            keyClick(Qt.Key_Left);
            keyClick(Qt.Key_Left);
            compare(slider.value, 4);
        }
        function test_selectKeys(): void {
            select.currentIndex = 0;
            select.forceActiveFocus(Qt.TabFocusReason);
            keyClick(Qt.Key_Return);
            tryCompare(select.popup, "opened", true);
            keyClick(Qt.Key_Down);
            keyClick(Qt.Key_Return);
            tryCompare(select.popup, "visible", false);
            compare(select.displayText, "Deutsch");
            compare(activated.count, 1);
        }
        function test_selectWithThePointer(): void {
            select.currentIndex = 0;
            mouseClick(select);
            tryCompare(select.popup, "opened", true);
            const entry = select.popup.contentItem.itemAtIndex(2);
            mouseClick(entry);
            compare(select.displayText, "Français");
        }
        function test_theFocusIsSeen(): void {
            for (let i = 0; i < column.children.length; ++i) {
                const one = column.children[i];
                one.forceActiveFocus(Qt.TabFocusReason);
                verify(findChild(one, "focusFrame").visible, one.text);
                verify(one.height >= 28);
            }
        }
        function test_splitKeys(): void {
            handle.forceActiveFocus(Qt.TabFocusReason);
            keyClick(Qt.Key_Right);
            compare(moved.signalArguments[0][0], handle.step);
            handle.LayoutMirroring.enabled = true;
            keyClick(Qt.Key_Right);
            compare(moved.signalArguments[1][0], -handle.step);
            compare(released.count, 2);
        }
        function test_splitDragged(): void {
            mouseDrag(handle, 4, 100, 60, 0, Qt.LeftButton, Qt.NoModifier, 0);
            let sum = 0;
            for (const step of moved.signalArguments)
                sum += step[0];
            verify(sum > 20 && sum <= 61, "" + sum);
            compare(released.count, 1);
        }
    }
}
