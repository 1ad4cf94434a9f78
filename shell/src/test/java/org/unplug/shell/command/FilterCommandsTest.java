package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskControl;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.spi.QueueLimits;
import org.unplug.driver.error.ErrorControl;
import org.unplug.driver.error.ErrorRule;
import org.unplug.shell.command.FilterCommands.FilterRow;

class FilterCommandsTest {

    private final List<String> filters = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();
    private boolean removable = true;

    private final Disks disks = Fakes.of(Disks.class, Map.of("list", args -> List.of(sda())));
    private final DiskControl control = Fakes.of(
            DiskControl.class,
            Map.of(
                    "filters",
                    args -> List.of("delay", "error"),
                    "insert",
                    args -> {
                        asked.add("insert " + args[1] + " " + args[2]);
                        filters.add(0, (String) args[1]);
                        return null;
                    },
                    "remove",
                    args -> {
                        asked.add("remove " + args[1]);
                        return removable && filters.remove(args[1]);
                    }));
    private final FilterCommands commands = new FilterCommands(disks, control);
    private final ErrorKnob knob = new ErrorKnob();
    private final Armed error = new Armed();

    private static final class Armed implements ErrorControl {
        private ErrorRule rule;

        @Override
        public void arm(ErrorRule armed) {
            rule = armed;
        }

        @Override
        public void disarm() {
            rule = null;
        }

        @Override
        public Optional<ErrorRule> rule() {
            return Optional.ofNullable(rule);
        }

        @Override
        public long matched() {
            return 5;
        }

        @Override
        public long failed() {
            return 2;
        }
    }

    private DiskStatus sda() {
        DiskInfo info =
                new DiskInfo("sda", 0, 1, 2048, QueueLimits.DEFAULT, false, false, "scsi", "driver", "", "", "", 0);
        return new DiskStatus(info, DiskState.LIVE, 1, 0, List.of(), "none", List.copyOf(filters));
    }

    @BeforeEach
    void withAnErrorFilter() {
        knob.addControl(error, Map.of("disk.name", "sda"));
    }

    private Object filter(String verb, String... words) throws IOException {
        return commands.filter("sda", verb, words);
    }

    private String refused(String verb, String... words) {
        return assertThrows(CommandException.class, () -> filter(verb, words)).getMessage();
    }

    @Test
    void insert_givesTheOptionsOn_andShowsWhatIsThereThen() throws IOException {
        assertEquals(
                List.of(new FilterRow("sda", "delay", "queue", "")),
                filter("insert", "delay", "readMs=5", "writeMs=7"));
        assertEquals(List.of("insert delay {readMs=5, writeMs=7}"), asked);
    }

    @Test
    void whatMakesNoSense_isRefusedWithOneLine_andNothingIsAsked() {
        assertEquals("insert: which filter? there are delay, error", refused("insert"));
        assertTrue(refused("insert", "delay", "error").startsWith("error: one filter at a time"));
        assertEquals("readMs=6: given twice", refused("insert", "delay", "readMs=5", "readMs=6"));
        assertEquals("sda: has no filter delay", refused("remove", "delay"));
        assertTrue(refused("explode").startsWith("explode: not understood by sda; it takes insert NAME"));
        assertEquals(
                "sdb: no such disk; there is sda",
                assertThrows(CommandException.class, () -> commands.filter("sdb", "insert", new String[] {"delay"}))
                        .getMessage());
        assertEquals(List.of(), asked);
    }

    @Test
    void aFilterThatIsInUseStill_isSaidToBe() throws IOException {
        filter("insert", "delay");
        removable = false;
        assertTrue(refused("remove", "delay").endsWith("it is in use still"));
    }

    @Test
    void errors_areArmedByRule_andShownArmed() {
        knob.turn(
                "sda",
                "arm",
                List.of(),
                Map.of("operations", "write,flush", "rate", "0.5", "status", "medium", "count", "3"));
        ErrorRule rule = error.rule().orElseThrow();
        assertEquals(Set.of(BioOp.WRITE, BioOp.FLUSH), rule.operations());
        assertEquals(BlockStatus.MEDIUM, rule.status());
        assertEquals(0.5, rule.rate());
        assertEquals(3, rule.count());
        assertEquals("armed, 2 of 5 failed", knob.state("sda"));
        knob.turn("sda", "disarm", List.of(), Map.of());
        assertEquals("disarmed, 2 of 5 failed", knob.state("sda"));
        String wrong = assertThrows(
                        IllegalArgumentException.class, () -> knob.turn("sda", "arm", List.of(), Map.of("often", "1")))
                .getMessage();
        assertTrue(wrong.startsWith("arm: no option is called often"), wrong);
    }

    @Test
    void aKnob_forgetsADiskWhoseFilterWent() {
        knob.removeControl(error);
        assertEquals(
                "sda: has no error filter",
                assertThrows(CommandException.class, () -> knob.state("sda")).getMessage());
    }
}
