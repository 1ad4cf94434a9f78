package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.driver.error.ErrorControl;
import org.unplug.driver.error.ErrorRule;
import org.unplug.driver.flakey.PowerControl;
import org.unplug.driver.stats.DiskStats;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;

/** Filters put into the queue of a disk on which a FAT file system is mounted and being written, and taken out again. */
public class FiltersIT extends StackedBench {

    /** Each filter that passes on what it is given, sooner or later. */
    private static final Map<String, Map<String, ?>> PASSING = new LinkedHashMap<>();

    static {
        PASSING.put("delay", Map.of("writeMs", 1, "readMs", 1));
        PASSING.put("rate", Map.of("iops", 2000));
        PASSING.put("stats", Map.of());
        PASSING.put("log", Map.of());
        PASSING.put("error", Map.of("armed", false));
        PASSING.put("flakey", Map.of());
        PASSING.put("hold", Map.of());
    }

    @Test
    public void eachFilter_insertedAndTakenOutUnderWriters_losesNothing() throws Exception {
        Path image = image();
        String disk = loop(image);
        formatAndMount(disk);
        Scribes scribes = scribes("run");
        scribes.awaitProgress(30);
        for (Map.Entry<String, Map<String, ?>> filter : PASSING.entrySet()) {
            control().insert(disk, filter.getKey(), filter.getValue());
            assertEquals(List.of(filter.getKey()), filters(disk));
            scribes.awaitProgress(30);
            assertTrue(filter.getKey() + " is in use still", control().remove(disk, filter.getKey()));
            assertEquals(List.of(), filters(disk));
            scribes.awaitProgress(30);
        }
        finishAndVerify(scribes, image, disk);
    }

    @Test
    public void severalFilters_overEachOther_goInAnyOrder() throws Exception {
        Path image = image();
        String disk = loop(image);
        formatAndMount(disk);
        Scribes scribes = scribes("run");
        PASSING.forEach((name, options) -> control().insert(disk, name, options));
        assertEquals(PASSING.size(), filters(disk).size());
        scribes.awaitProgress(60);
        for (String name : List.of("stats", "delay", "hold", "error", "rate", "flakey", "log")) {
            assertTrue(name, control().remove(disk, name));
            scribes.awaitProgress(20);
        }
        finishAndVerify(scribes, image, disk);
    }

    @Test
    public void aFiltersBundle_stoppedUnderWriters_takesItsFilterOut_andNothingElse() throws Exception {
        Path image = image();
        String disk = loop(image);
        Mount mount = formatAndMount(disk);
        Scribes scribes = scribes("run");
        for (Map.Entry<String, Map<String, ?>> filter : PASSING.entrySet()) {
            Bundle bundle = rig.bundle("org.unplug.driver-" + filter.getKey());
            control().insert(disk, filter.getKey(), filter.getValue());
            scribes.awaitProgress(30);
            bundle.stop();
            assertEquals("after the stop of " + bundle, List.of(), filters(disk));
            assertEquals(MountState.MOUNTED, mount.state());
            scribes.awaitProgress(30);
            bundle.start();
            Await.until(
                    filter.getKey() + " can be had again",
                    () -> control().filters().contains(filter.getKey()));
        }
        finishAndVerify(scribes, image, disk);
    }

    @Test
    public void aDiskRemovedUnderItsFilters_andUnderWriters_losesNothing() throws Exception {
        Path image = image();
        String disk = loop(image);
        Mount mount = formatAndMount(disk);
        PASSING.forEach((name, options) -> control().insert(disk, name, options));
        Scribes scribes = scribes("run");
        scribes.awaitProgress(100);
        Bundle loop = rig.bundle("org.unplug.driver-loop");
        loop.stop();
        scribes.assertOnlyGone();
        Await.until("the mount is dead", () -> mount.state() == MountState.DEAD);
        unmountClean();
        loop.start();
        String again = rig.disk("(disk.bus=loop)").info().name();
        mount(again);
        scribes.assertAllThere(fileSystem());
        unmountClean();
        Tools.assertClean(image, "after the stop under filters");
    }

    @Test
    public void errors_armedAndDisarmedUnderAMount_failWhatTheRuleSays_andNothingElse() throws Exception {
        Path image = image();
        String disk = loop(image);
        formatAndMount(disk);
        control().insert(disk, "error", Map.of("armed", false));
        ErrorControl error = rig.service(ErrorControl.class, "(disk.name=" + disk + ")");
        Path before = fileSystem().getPath("/before.txt");
        Files.writeString(before, "written before");
        table().sync();
        error.arm(ErrorRule.all(BlockStatus.MEDIUM).withOperations(Set.of(BioOp.WRITE)));
        assertThrows(IOException.class, this::writeThrough);
        assertTrue(error.failed() > 0);
        assertEquals("what is there can be read", "written before", Files.readString(before));
        error.disarm();
        Files.writeString(fileSystem().getPath("/after.txt"), "written after");
        table().sync();
        assertTrue(control().remove(disk, "error"));
        assertFalse(
                "its service is gone with it",
                rig.find(ErrorControl.class, "(disk.name=" + disk + ")").isPresent());
        assertEquals("written after", Files.readString(fileSystem().getPath("/after.txt")));
    }

    @Test
    public void aPowerCutUnderAMount_leavesWhatWasFlushed() throws Exception {
        Path image = image();
        String disk = loop(image);
        Mount mount = formatAndMount(disk);
        control().insert(disk, "flakey", Map.of());
        Scribes scribes = scribes("run");
        scribes.awaitProgress(100);
        rig.service(PowerControl.class, "(disk.name=" + disk + ")")
                .cut(PowerControl.Fate.REORDER, PowerControl.Then.DIES);
        scribes.assertOnlyGone();
        Await.until("the mount is dead", () -> mount.state() == MountState.DEAD);
        table().unmount(POINT);
        // The driver of the dead disk has the file locked as long as it is configured.
        unconfigure();
        String again = loop(image);
        mount(again);
        scribes.assertForcedThere(fileSystem());
        unmountClean();
    }

    @Test
    public void stats_countWhatPasses() throws Exception {
        String disk = loop(image());
        formatAndMount(disk);
        control().insert(disk, "stats", Map.of());
        DiskStats stats = rig.service(DiskStats.class, "(disk.name=" + disk + ")");
        Files.write(fileSystem().getPath("/a.bin"), new byte[100_000]);
        table().sync();
        long sectors = stats.total().stream()
                .filter(one -> one.op() == BioOp.WRITE)
                .mapToLong(one -> one.sectors())
                .sum();
        assertTrue(sectors + " sectors", sectors * 512 >= 100_000);
    }

    @Test
    public void aSnapshotUnderAReadOnlyMount_comesAndGoes() throws Exception {
        Path image = image();
        String disk = loop(image);
        formatAndMount(disk);
        Files.writeString(fileSystem().getPath("/kept.txt"), "kept");
        unmountClean();
        table().mount(disk, POINT, MountTable.AUTO, MountOptions.parse("ro"));
        control().insert(disk, "cow", Map.of());
        assertEquals("kept", Files.readString(fileSystem().getPath("/kept.txt")));
        assertTrue(control().remove(disk, "cow"));
        assertEquals("kept", Files.readString(fileSystem().getPath("/kept.txt")));
    }

    @Test
    public void whatCannotBeInserted_isRefusedWithOneLine_andTheMountGoesOn() throws Exception {
        String disk = loop(image());
        formatAndMount(disk);
        String unknown = assertThrows(
                        IllegalArgumentException.class, () -> control().insert(disk, "nonsense", Map.of()))
                .getMessage();
        assertTrue(unknown, unknown.contains("nonsense") && unknown.contains("delay"));
        String option = assertThrows(
                        IllegalArgumentException.class, () -> control().insert(disk, "delay", Map.of("readMs", "soon")))
                .getMessage();
        assertTrue(option, option.contains("readMs") && option.contains("soon"));
        assertNotNull(
                assertThrows(IllegalArgumentException.class, () -> control().insert("nodisk", "delay", Map.of())));
        assertThrows(IllegalArgumentException.class, () -> control().remove(disk, "delay"));
        assertEquals(List.of(), filters(disk));
        Files.writeString(fileSystem().getPath("/a.txt"), "goes on");
        table().sync();
    }

    private void writeThrough() throws IOException {
        Files.writeString(fileSystem().getPath("/during.txt"), "written during");
        table().sync();
    }

    private void finishAndVerify(Scribes scribes, Path image, String disk) throws Exception {
        scribes.finish();
        unmountClean();
        Tools.assertClean(image, "after the filters");
        mount(disk);
        scribes.assertAllThere(fileSystem());
        unmountClean();
    }
}
