package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.fs.CheckReport;

class VolumeCommandsTest {

    private static final CheckReport.Finding REPAIRED =
            new CheckReport.Finding(CheckReport.Kind.RESIDUE, "/a", "2 clusters that nothing uses", true);

    @Test
    void fsck_saysOfAVolumeThatIsWell_whatIsOnItAndWhatWasRepaired() {
        assertEquals(
                "sda1: fat16, 0 files in 1 directory, clean",
                VolumeCommands.summary(new CheckReport("sda1", "fat16", 0, 1, List.of())));
        assertEquals(
                "sda: exfat, 1 file in 3 directories, 2 repaired",
                VolumeCommands.summary(new CheckReport("sda", "exfat", 1, 3, List.of(REPAIRED, REPAIRED))));
    }
}
