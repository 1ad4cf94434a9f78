package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.Test;
import org.unplug.driver.mirror.MirrorControl;
import org.unplug.driver.mirror.MirrorControl.LegState;
import org.unplug.driver.mirror.MirrorControl.LegStatus;
import org.unplug.fs.Mount;
import org.unplug.fs.MountState;
import org.unplug.mmc.sim.MmcSlots;

/** A mirror of a card and a SCSI unit, with a FAT file system mounted on it and being written. */
public class MirrorIT extends StackedBench {

    private MirrorControl mirror() {
        return rig.service(MirrorControl.class);
    }

    private LegStatus leg(String disk) {
        return mirror().legs().stream()
                .filter(leg -> leg.disk().equals(disk))
                .findFirst()
                .orElseThrow();
    }

    /** A leg that was pulled and is back. */
    private interface Hand {
        void pull() throws Exception;

        void putBack() throws Exception;
    }

    private void legPulledAndPutBack(Path card, Path unit, String which, Hand hand) throws Exception {
        String first = rig.disk("(disk.bus=mmc)").info().name();
        String second = rig.disk("(disk.bus=scsi)").info().name();
        String disk = configured("mirror", Map.of("disk", new String[] {first, second}, "sync", "clean"));
        Mount mount = formatAndMount(disk);
        Scribes scribes = scribes("run");
        scribes.awaitProgress(60);
        String pulled = which.equals("card") ? first : second;
        hand.pull();
        Await.until(pulled + " is dropped", () -> leg(pulled).state() == LegState.ABSENT);
        scribes.awaitProgress(60);
        assertEquals("no error above", MountState.MOUNTED, mount.state());
        long stale = leg(pulled).staleBytes();
        assertTrue("stale: " + stale, stale > 0 && stale < IMAGE_BYTES / 2);
        hand.putBack();
        Await.until("the mirror is whole", () -> mirror().isWhole());
        scribes.awaitProgress(60);
        scribes.finish();
        unmountClean();
        mount(disk);
        scribes.assertAllThere(fileSystem());
        unmountClean();
        rig.bundle("org.unplug.driver-mirror").stop();
        assertEquals("the legs differ at this byte", -1, Files.mismatch(card, unit));
    }

    @Test
    public void aCardYankedUnderWriters_isNoErrorAbove_andIsBroughtUpToDateFromTheBitmap() throws Exception {
        Path card = image();
        Path unit = image();
        card(card, 7);
        lun(unit);
        legPulledAndPutBack(card, unit, "card", new Hand() {
            @Override
            public void pull() throws Exception {
                slots().yank(MmcSlots.DEFAULT_SLOT);
            }

            @Override
            public void putBack() throws Exception {
                card(card, 7);
            }
        });
    }

    @Test
    public void aLegsDriverStoppedUnderWriters_isNoErrorAbove_andIsBroughtUpToDateFromTheBitmap() throws Exception {
        Path card = image();
        Path unit = image();
        card(card, 7);
        lun(unit);
        legPulledAndPutBack(card, unit, "unit", new Hand() {
            @Override
            public void pull() throws Exception {
                rig.bundle("org.unplug.driver-scsi-debug").stop();
            }

            @Override
            public void putBack() throws Exception {
                rig.bundle("org.unplug.driver-scsi-debug").start();
            }
        });
    }
}
