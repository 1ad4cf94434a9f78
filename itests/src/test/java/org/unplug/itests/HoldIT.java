package org.unplug.itests;

import static org.junit.Assert.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.Test;
import org.unplug.block.Disk;
import org.unplug.block.DiskState;
import org.unplug.fs.Mount;
import org.unplug.fs.MountState;
import org.unplug.mmc.sim.MmcSlots;

/** A file system mounted on a card through {@code hold}: the card dies, and something comes. */
public class HoldIT extends StackedBench {

    private static final long SERIAL = 7;

    private String hold(String below, long waitMs) throws Exception {
        return configured("hold", Map.of("disk", below, "waitMs", waitMs));
    }

    /** Yanks the card; waits until its disk is no more, so that requests wait above. */
    private void yank() throws Exception {
        Disk lower = rig.disk("(disk.bus=mmc)");
        slots().yank(MmcSlots.DEFAULT_SLOT);
        Await.until(
                "the card's disk is dead",
                () -> lower.state() == DiskState.DEAD || lower.state() == DiskState.RELEASED);
    }

    @Test
    public void theSameCardComesBack_andNobodyAboveHasSeenAnError() throws Exception {
        Path image = image();
        String disk = hold(card(image, SERIAL), 60_000);
        Mount mount = formatAndMount(disk);
        Scribes scribes = scribes("run");
        for (int round = 0; round < 3; round++) {
            scribes.awaitProgress(60);
            yank();
            assertEquals(MountState.MOUNTED, mount.state());
            card(image, SERIAL);
            scribes.awaitProgress(60);
        }
        scribes.finish();
        unmountClean();
        Tools.assertClean(image, "after the card was back");
        mount(disk);
        scribes.assertAllThere(fileSystem());
        unmountClean();
    }

    @Test
    public void anotherCard_isRefused_andTheRightOneIsStillTaken() throws Exception {
        Path image = image();
        Path other = image();
        String disk = hold(card(image, SERIAL), 60_000);
        formatAndMount(disk);
        Scribes scribes = scribes("run");
        scribes.awaitProgress(60);
        yank();
        card(other, SERIAL + 1);
        rig.settle();
        // It is opened to be looked at, and let go.
        String foreign = rig.disk("(disk.bus=mmc)").info().name();
        Await.until(
                "the other card is left alone",
                () -> rig.status(foreign).orElseThrow().handles().isEmpty());
        yank();
        card(image, SERIAL);
        scribes.awaitProgress(60);
        scribes.finish();
        unmountClean();
        mount(disk);
        scribes.assertAllThere(fileSystem());
        unmountClean();
    }

    @Test
    public void nothingComes_andWhenTheTimeIsUpEverythingAboveIsGone() throws Exception {
        String disk = hold(card(image(), SERIAL), 300);
        Mount mount = formatAndMount(disk);
        Scribes scribes = scribes("run");
        scribes.awaitProgress(60);
        yank();
        scribes.assertOnlyGone();
        Await.until("the mount is dead", () -> mount.state() == MountState.DEAD);
        // Holders are told at once; the service goes on a thread of its own.
        Await.until(
                "the disk above is gone",
                () -> rig.find(Disk.class, "(disk.name=" + disk + ")").isEmpty());
    }
}
