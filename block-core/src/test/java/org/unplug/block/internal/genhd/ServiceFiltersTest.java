package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDriver;
import org.unplug.block.stack.Options;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Passage;
import org.unplug.block.stack.Upper;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.ScriptedDriver.Reply;
import org.unplug.block.testing.VirtualClockwork;

/** Filters that are services: put in by name, found while in place, out when their service or bundle goes. */
class ServiceFiltersTest extends VirtualDiskTest {

    private final Owner filterBundle = new Owner(3, "test.filter");
    private final List<String> published = new ArrayList<>();
    private final List<Keeper> made = new ArrayList<>();
    private final Filter filter = new KeepFilter();

    /** Logs what passes; with option keep, requests wait in it until they are let go. */
    private final class Keeper extends PassDriver<Passage> {
        final List<String> log = new ArrayList<>();
        final Deque<Passage> kept = new ArrayDeque<>();
        final boolean keeps;
        final boolean caches;
        final int depth;
        boolean closed;
        Upper upper;

        Keeper(DiskHandle below, boolean keeps, boolean caches, int depth) {
            super(below, clockwork);
            this.keeps = keeps;
            this.caches = caches;
            this.depth = depth;
        }

        @Override
        public DiskSpec spec(DiskSpec derived) {
            QueueLimits limits = derived.limits();
            return derived.withLimits(limits.withQueueDepth(depth == 0 ? limits.queueDepth() : depth)
                    .withCache(caches ? QueueLimits.Cache.VOLATILE_WITH_FUA : limits.cache()));
        }

        @Override
        public void attached(Upper above) {
            upper = above;
        }

        @Override
        public Map<Class<?>, Object> services() {
            return Map.of(Keeper.class, this);
        }

        @Override
        protected Passage newPassage() {
            return new Passage();
        }

        @Override
        protected void handle(Passage passage) {
            log.add(ScriptedDriver.describe(passage.request()));
            if (keeps) {
                kept.add(passage);
            } else {
                passage.passDown();
            }
        }

        @Override
        public void cancel(Request request) {
            Passage passage = passage(request);
            if (kept.remove(passage)) {
                passage.passDown();
            }
        }

        @Override
        protected void hurry() {
            while (!kept.isEmpty()) {
                kept.poll().passDown();
            }
        }

        @Override
        protected void closed() {
            closed = true;
        }
    }

    private final class KeepFilter implements Filter {
        @Override
        public String name() {
            return "keep";
        }

        @Override
        public FilterDriver create(DiskHandle below, Map<String, ?> given) {
            Options options = new Options(name(), given);
            Keeper keeper = new Keeper(below, options.flag("keep", false), options.flag("cache", false), (int)
                    options.whole("depth", 0, 0, 1000));
            options.refuseOthers();
            made.add(keeper);
            return keeper;
        }
    }

    @BeforeEach
    void register() {
        layer.table().filters().add(filterBundle, filter, (name, disk, services) -> {
            String what = name + " of " + disk.name() + ": "
                    + services.keySet().iterator().next().getSimpleName();
            published.add(what);
            return () -> published.remove(what);
        });
    }

    private FilterRegistration insert(Map<String, ?> options) {
        return layer.table().filters().insert("ram0", "keep", options);
    }

    @Test
    void filter_isInTheWayAndFound_whileInPlace_andClosedWhenOut() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        FilterRegistration keep = insert(Map.of());
        assertEquals(List.of("keep"), disk.status().filters());
        assertEquals(List.of("keep of ram0: Keeper"), published);
        handle.write(1, filled(1, 7));
        assertEquals(List.of("WRITE 1+1"), made.get(0).log);
        assertEquals("ram0", made.get(0).upper.info().name());
        assertTrue(layer.table().takeOut("ram0", "keep"));
        assertFalse(keep.isInserted());
        assertTrue(made.get(0).closed);
        assertEquals(List.of(), published);
        assertThrows(IllegalArgumentException.class, () -> layer.table().takeOut("ram0", "keep"));
        handle.write(2, filled(1, 8));
        assertEquals(List.of("WRITE 1+1", "WRITE 2+1"), driver.requests());
        assertEquals(1, made.get(0).log.size());
    }

    @Test
    void whatCannotBeInserted_isRefusedWithOneLine_andLeavesTheDiskAsItWas() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        assertEquals(
                "no such filter: kep; there are keep",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> layer.table().filters().insert("ram0", "kep", Map.of()))
                        .getMessage());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> insert(Map.of("kep", 1)))
                .getMessage()
                .contains("no option is called kep"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> insert(Map.of("depth", 7)))
                .getMessage()
                .contains("wants a disk of another shape"));
        assertTrue(made.get(0).closed);
        assertEquals(List.of(), disk.status().filters());
        assertEquals(List.of(), published);
        handle.write(1, filled(1, 7));
        assertEquals(List.of("WRITE 1+1"), driver.requests());
    }

    @Test
    void filterThatCaches_getsTheFlushes_thatTheDiskAloneNeverSees() throws IOException {
        add(spec());
        DiskHandle handle = open();
        FilterRegistration keep = insert(Map.of("cache", true));
        handle.flush();
        assertEquals(List.of("FLUSH"), made.get(0).log);
        assertEquals(List.of(), driver.requests(), "and passes it to a queue that needs none");
        assertTrue(keep.remove());
        handle.flush();
        assertEquals(1, made.get(0).log.size());
        assertEquals(List.of(), driver.requests());
    }

    @Test
    void whatAFilterKeepsWaiting_goesOn_whenTheFilterIsTakenOut() throws IOException {
        add(spec());
        DiskHandle handle = open();
        FilterRegistration keep = insert(Map.of("keep", true));
        List<Counted> all = writes(handle, 3);
        assertEquals(List.of(), driver.requests());
        assertTrue(keep.remove());
        all.forEach(c -> assertEquals(BlockStatus.OK, c.bio.status()));
        assertEquals(3, driver.requests().size());
        assertTrue(made.get(0).closed);
    }

    /** A filter is asked to let go on another thread, which may come late: the driver whose turn it is then is not asked. */
    @Test
    void hurryThatComesLate_doesNotReachTheDriverBelow() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        FilterRegistration keep = insert(Map.of());
        Runnable late = disk.queue().hurry();
        assertTrue(keep.remove());
        driver.reply(Reply.HOLD);
        Counted counted = write(handle, 1);
        driver.whenCancelled = r -> r.complete(BlockStatus.GONE);
        late.run();
        assertEquals(0, counted.ends);
        driver.finishAll();
        assertEquals(BlockStatus.OK, counted.bio.status());
    }

    @Test
    void serviceThatGoes_isTakenOutOfEveryDisk() throws IOException {
        add(spec());
        Gendisk other = layer.add(spec(), new ScriptedDriver(SECTORS));
        clockwork.settle();
        insert(Map.of());
        layer.table().filters().insert("ram1", "keep", Map.of());
        layer.table().filters().remove(filter);
        assertEquals(List.of(), layer.find("ram0").status().filters());
        assertEquals(List.of(), other.status().filters());
        assertTrue(made.get(0).closed && made.get(1).closed);
        assertEquals(List.of(), layer.table().filters().names());
        assertThrows(IllegalArgumentException.class, () -> insert(Map.of()));
    }

    /** The driver keeps a request and neither completes nor cancels: the filter goes in time, and the request ends once. */
    @Test
    void stopOfTheFiltersBundle_overAStuckDriver_takesItOutInTime_andLosesNoRequest() throws IOException {
        Gendisk disk = add(spec().withTimeouts(new DiskSpec.Timeouts(50_000, 200, 400)));
        DiskHandle handle = open(Holder.named("user"));
        insert(Map.of());
        driver.reply(Reply.HOLD);
        Counted stuck = write(handle, 0);
        VirtualClockwork.Started<Boolean> stop = clockwork.start("stop", () -> {
            filterBundle.stopping(clockwork);
            return true;
        });
        clockwork.settle();
        Counted meanwhile = write(handle, 2);
        clockwork.sleepMs(10_000);
        assertTrue(stop.isDone());
        assertEquals(List.of(), disk.status().filters());
        assertEquals(List.of(), published);
        assertEquals(1, made.get(0).log.size(), "what came meanwhile went past it");
        assertEquals(List.of("WRITE 0+1", "WRITE 2+1"), driver.requests(), "and reached the driver");
        assertEquals(0, stuck.ends);
        driver.finishAll();
        assertEquals(BlockStatus.OK, stuck.bio.status());
        assertEquals(BlockStatus.OK, meanwhile.bio.status());
        assertEquals(1, stuck.ends);
        assertEquals(1, meanwhile.ends);
        driver.reply(Reply.INLINE);
        handle.write(3, filled(1, 3));
        assertEquals(1, made.get(0).log.size());
        RemovalReport report = disk.remove(Removal.ORDERLY);
        assertTrue(report.quiet(), report::summary);
    }

    @Test
    void changeAfterAStuckDriver_closesTheGapThatAFilterLeft() throws IOException {
        Gendisk disk = add(spec().withTimeouts(new DiskSpec.Timeouts(50_000, 200, 400)));
        DiskHandle handle = open(Holder.named("user"));
        insert(Map.of());
        driver.reply(Reply.HOLD);
        Counted stuck = write(handle, 0);
        clockwork.start("stop", () -> {
            filterBundle.stopping(clockwork);
            return true;
        });
        clockwork.sleepMs(10_000);
        assertEquals(1, disk.layers().inner().size(), "the driver has its requests from this queue");
        driver.finishAll();
        assertEquals(1, stuck.ends);
        driver.reply(Reply.INLINE);
        FilterRegistration next =
                layer.table().insert(layer.driverBundle(), "ram0", "next", below -> new Keeper(below, false, false, 0));
        assertEquals(1, disk.layers().inner().size(), "only the new one's");
        assertEquals(List.of("next"), disk.status().filters());
        assertTrue(next.remove());
        assertEquals(0, disk.layers().inner().size());
        handle.write(3, filled(1, 3));
        assertEquals(List.of("WRITE 0+1", "WRITE 3+1"), driver.requests());
    }

    @Test
    void diskThatDies_closesItsFilters() throws IOException {
        Gendisk disk = add(spec());
        open();
        insert(Map.of());
        disk.remove(Removal.SURPRISE);
        clockwork.settle();
        assertTrue(made.get(0).closed);
        assertEquals(List.of(), published);
        filterBundle.stopping(clockwork);
        assertEquals(List.of(), layer.faults);
    }

    private DiskHandle open(Holder holder) throws IOException {
        return layer.find("ram0").open(layer.driverBundle(), holder, OpenMode.WRITE);
    }
}
