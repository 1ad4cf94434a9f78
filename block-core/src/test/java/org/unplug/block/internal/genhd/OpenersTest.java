package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.testing.BootRecord;

/** A driver is told whether anybody has its disk open. */
class OpenersTest extends VirtualDiskTest {

    @Test
    void firstOpenAndLastClose_areTold_onceEach() throws IOException {
        add(spec());
        assertEquals(List.of(), driver.uses, "the look for partitions is the core's own");
        DiskHandle first = open();
        DiskHandle second = open();
        first.close();
        assertEquals(List.of(true), driver.uses);
        second.close();
        second.close();
        assertEquals(List.of(true, false), driver.uses);
        open().close();
        assertEquals(List.of(true, false, true, false), driver.uses);
    }

    @Test
    void partThatIsOpen_hasItsDiskInUse() throws IOException {
        BootRecord.write(driver.content(), new BootRecord.Entry(1, 0x0C, 8, 8), new BootRecord.Entry(2, 0x0C, 16, 48));
        add(spec());
        assertEquals(List.of(), driver.uses, "that there are parts is no use");
        DiskHandle part = layer.open("ram0p1");
        DiskHandle whole = open();
        part.close();
        assertEquals(List.of(true), driver.uses);
        whole.close();
        assertEquals(List.of(true, false), driver.uses);
        layer.open("ram0p2").close();
        assertEquals(List.of(true, false, true, false), driver.uses);
    }

    @Test
    void openThatIsRefused_isNotTold() throws IOException {
        Gendisk disk = add(spec());
        disk.reserve();
        assertTrue(refused());
        disk.unreserve();
        assertEquals(List.of(), driver.uses);
    }

    private boolean refused() throws IOException {
        try {
            open().close();
            return false;
        } catch (IOException expected) {
            return true;
        }
    }

    @Test
    void userThatStops_isNoUserAnyMore() throws IOException {
        add(spec());
        open();
        layer.userBundle().stopped(clockwork);
        assertEquals(List.of(true, false), driver.uses);
    }

    @Test
    void changesDuringACall_areToldAfterIt_byTheThreadThatTells_andOnlyTheLast() throws IOException {
        add(spec());
        List<DiskHandle> handles = new ArrayList<>();
        driver.whenUsed = () -> {
            driver.whenUsed = () -> {};
            assertEquals(1, driver.inside.get());
            // As of another thread: what comes while somebody tells is left to that one.
            handles.add(unchecked());
            handles.forEach(DiskHandle::close);
            handles.clear();
            assertEquals(List.of(true), driver.uses, "never two calls at once");
        };
        DiskHandle handle = open();
        assertEquals(List.of(true), driver.uses, "it is open still");
        driver.whenUsed = () -> {
            driver.whenUsed = () -> {};
            handles.add(unchecked());
        };
        handle.close();
        assertEquals(List.of(true, false, true), driver.uses, "the last call tells the truth");
        assertEquals(List.of(), layer.faults);
    }

    private DiskHandle unchecked() {
        try {
            return open();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void openersOfManyThreads_leaveTheTruth() throws Exception {
        add(spec());
        driver.whenUsed = () -> assertEquals(1, driver.inside.get(), "never two calls at once");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int n = 0; n < 500; n++) {
                    unchecked().close();
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), layer.faults);
        assertFalse(driver.uses.get(driver.uses.size() - 1));
        for (int i = 0; i < driver.uses.size(); i++) {
            assertEquals(i % 2 == 0, driver.uses.get(i), "turn about");
        }
    }

    @Test
    void throwable_isAFault_andOpensAllTheSame() throws IOException {
        add(spec());
        driver.whenUsed = () -> {
            throw new IllegalStateException("scripted");
        };
        open().close();
        assertEquals(List.of(true, false), driver.uses);
        assertEquals(2, layer.faults.size());
        assertTrue(layer.faults.get(0).contains("threw from inUse"), layer.faults.get(0));
    }

    @Test
    void afterTheRemoval_nothingIsTold() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        disk.remove(Removal.ORDERLY);
        driver.quiet = true;
        handle.close();
        assertEquals(List.of(true), driver.uses);
        assertEquals(0, driver.entriesAfterQuiet.get());
    }

    @Test
    void driverThatDoesNotReturn_isNamed_andTheRemovalBounded() {
        Gendisk disk = add(spec());
        driver.whenUsed = clockwork::hang;
        clockwork.start("unlucky", this::unchecked);
        clockwork.settle();
        RemovalReport report = disk.remove(Removal.SURPRISE);
        assertEquals(5_000, clockwork.milliTime());
        assertFalse(report.quiet());
        assertTrue(
                report.laggards().stream().anyMatch(l -> l.contains("inUse of ram0") && l.contains("unlucky")),
                report.summary() + report.laggards());
    }

    @Test
    void removalFromInsideTheCall_doesNotWaitForItself() throws IOException {
        Gendisk disk = add(spec());
        List<RemovalReport> reports = new ArrayList<>();
        driver.whenUsed = () -> reports.add(disk.remove(Removal.SURPRISE));
        open();
        assertEquals(0, clockwork.milliTime());
        assertTrue(reports.get(0).quiet(), reports.get(0).summary());
    }
}
