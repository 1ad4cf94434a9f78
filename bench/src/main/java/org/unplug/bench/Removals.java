package org.unplug.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.debug.Fault;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.Rule;
import org.unplug.scsi.debug.internal.adapter.Settings;
import org.unplug.scsi.internal.midlayer.Timing;

/**
 * How long removals take, and what others feel of them: distributions over many whole removals, which is no form of a JMH
 * benchmark. Run by {@code bench/removals}, with nothing, or with {@code inflight N}, {@code scsi N}, {@code idle N} or {@code beside N};
 * {@code cycles N} is {@link PlugCycles}.
 */
public final class Removals {

    private static final int IN_FLIGHT = 4096;
    private static final int BYTES = 4096;
    private static final int WARM_UP = 300;
    private static final int SCSI_WARM_UP = 20;
    /** As configured by default, but for a drain of a fifth: half of it passes in each orderly removal. */
    private static final Timing SCSI_TIMING = new Timing(30_000, 5, 10_000, 30_000, 1_000, 3);

    private static final PrintStream OUT = System.out;

    private Removals() {}

    public static void main(String[] arguments) throws IOException {
        String what = arguments.length == 0 ? "all" : arguments[0];
        int count = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
        if (what.equals("all") || what.equals("inflight")) {
            inFlight(count == 0 ? 10_000 : count);
        }
        if (what.equals("all") || what.equals("scsi")) {
            scsi(count == 0 ? 100 : count);
        }
        if (what.equals("all") || what.equals("idle")) {
            idle(count == 0 ? 10_000 : count);
        }
        if (what.equals("all") || what.equals("beside")) {
            beside(count == 0 ? 20 : count);
        }
        if (what.equals("cycles")) {
            PlugCycles.run(count == 0 ? 1_000_000 : count);
        }
        System.exit(0);
    }

    /** A removal each, orderly and by surprise in turns, of a RAM disk whose worker has thousands of reads before it. */
    private static void inFlight(int removals) throws IOException {
        ByteBuffer memory = ByteBuffer.allocateDirect(MemoryDisk.SECTORS * 512);
        ByteBuffer into = ByteBuffer.allocateDirect(BYTES);
        long[] nanos = new long[removals];
        long ended = 0;
        try (BenchLayer layer = new BenchLayer()) {
            for (int round = -WARM_UP; round < removals; round++) {
                MemoryDisk driver = new MemoryDisk(memory, IN_FLIGHT, true);
                Gendisk disk = layer.add(spec(IN_FLIGHT), driver);
                AtomicInteger ends = new AtomicInteger();
                DiskHandle handle = disk.open(layer.owner(), Holder.named("bench"), OpenMode.READ);
                driver.pause();
                Bio[] bios = new Bio[IN_FLIGHT];
                for (int i = 0; i < IN_FLIGHT; i++) {
                    bios[i] = handle.newBio().read(i % 4000 * 8L, into).onEnd(bio -> ends.incrementAndGet());
                }
                handle.submit(bios, 0, IN_FLIGHT);
                if (disk.statistics().inFlight() < IN_FLIGHT) {
                    throw new IllegalStateException(disk.statistics() + ": not all are in flight");
                }
                long began = System.nanoTime();
                driver.work();
                RemovalReport report = disk.remove(round % 2 == 0 ? Removal.ORDERLY : Removal.SURPRISE);
                long took = System.nanoTime() - began;
                if (!report.quiet() || ends.get() != IN_FLIGHT) {
                    throw new IllegalStateException(report.summary() + ", " + ends + " of " + IN_FLIGHT + " ended");
                }
                driver.stop();
                handle.close();
                if (round >= 0) {
                    nanos[round] = took;
                    ended += ends.get();
                }
            }
        }
        Arrays.sort(nanos);
        OUT.printf(
                "inflight: %,d removals of a RAM disk with %,d reads of 4 KiB in flight, %,d ended: "
                        + "p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, p99.99 %.2f ms, max %.2f ms (at most 50 ms at p99.99)%n",
                removals,
                IN_FLIGHT,
                ended,
                ms(at(nanos, 0.5)),
                ms(at(nanos, 0.99)),
                ms(at(nanos, 0.999)),
                ms(at(nanos, 0.9999)),
                ms(nanos[removals - 1]));
    }

    /**
     * A removal each, orderly and by surprise in turns, of a SCSI adapter whose unit keeps thousands of reads until it is told to let
     * them go. In an orderly removal they may end by themselves for half of the drain, which none does; that is not counted.
     */
    private static void scsi(int removals) throws IOException {
        long[] nanos = new long[removals];
        for (int round = -SCSI_WARM_UP; round < removals; round++) {
            Removal kind = round % 2 == 0 ? Removal.ORDERLY : Removal.SURPRISE;
            try (BenchLayer layer = new BenchLayer()) {
                long took = removeAdapter(layer, kind);
                if (round >= 0) {
                    nanos[round] = took;
                }
            }
        }
        Arrays.sort(nanos);
        OUT.printf(
                "scsi: %,d removals of a SCSI adapter with %,d commands in flight, aborted one by one: "
                        + "p50 %.2f ms, p99 %.2f ms, max %.2f ms (at most the drain, %,d ms)%n",
                removals,
                IN_FLIGHT,
                ms(at(nanos, 0.5)),
                ms(at(nanos, 0.99)),
                ms(nanos[removals - 1]),
                SCSI_TIMING.drainMs());
    }

    private static long removeAdapter(BenchLayer layer, Removal kind) throws IOException {
        Settings settings = new Settings("bench", IN_FLIGHT, IN_FLIGHT, 1, 0, 1);
        ScsiRig rig = new ScsiRig(layer, settings, LunSpec.ram(1 << 20), SCSI_TIMING);
        AtomicInteger ends = new AtomicInteger();
        DiskHandle handle = rig.disk().open(layer.owner(), Holder.named("bench"), OpenMode.READ);
        rig.bay().addRule(Rule.of(Fault.SLOW, "600000000").forOpcode(Cdb.READ_10));
        ByteBuffer into = ByteBuffer.allocateDirect(BYTES);
        Bio[] bios = new Bio[IN_FLIGHT];
        for (int i = 0; i < IN_FLIGHT; i++) {
            bios[i] = handle.newBio().read(i % 256 * 8L, into).onEnd(bio -> ends.incrementAndGet());
        }
        handle.submit(bios, 0, IN_FLIGHT);
        long began = System.nanoTime();
        HostRemovalReport report = rig.core().removeHost(0, kind).orElseThrow();
        long took = System.nanoTime() - began;
        if (!report.quiet() || report.inFlight() != IN_FLIGHT || ends.get() != IN_FLIGHT || report.notLetGo() != 0) {
            throw new IllegalStateException(report.summary() + ", " + ends + " of " + IN_FLIGHT + " ended");
        }
        rig.bay().close();
        handle.close();
        return kind == Removal.ORDERLY ? took - SCSI_TIMING.drainMs() / 2 * 1_000_000 : took;
    }

    /** The stop of a bundle with so many disks that nobody uses. */
    private static void idle(int disks) {
        for (int round = 0; round < 3; round++) {
            try (BenchLayer layer = new BenchLayer()) {
                for (int i = 0; i < disks; i++) {
                    layer.table().add(layer.owner(), DiskSpec.of("idle", 1 << 20), new Nothing());
                }
                layer.table().partitions().settle(60_000);
                long began = System.nanoTime();
                layer.owner().stopping(layer.clockwork());
                long took = System.nanoTime() - began;
                if (!layer.table().list().isEmpty()) {
                    throw new IllegalStateException(layer.table().list().size() + " disks are left");
                }
                OUT.printf("idle: %,d disks removed in %.3f s (at most 1 s)%n", disks, took / 1e9);
            }
        }
    }

    /**
     * A reader of one disk, while a loaded other disk is left alone, or removed and added anew all the time. Windows of both kinds
     * alternate; what two windows of the same kind differ by is the noise.
     */
    private static void beside(int pairs) throws IOException {
        ByteBuffer memory = ByteBuffer.allocateDirect(MemoryDisk.SECTORS * 512);
        double[] with = new double[pairs];
        double[] without = new double[pairs];
        double[] again = new double[pairs];
        long[] nanos = new long[4_000_000];
        long removals = 0;
        try (BenchLayer layer = new BenchLayer()) {
            Gendisk other = layer.add(spec(64), MemoryDisk.inline(memory));
            DiskHandle reader = other.open(layer.owner(), Holder.named("reader"), OpenMode.READ);
            Neighbour neighbour = new Neighbour(layer, memory);
            neighbour.start();
            window(reader, 3_000, nanos);
            for (int pair = 0; pair < pairs; pair++) {
                without[pair] = window(reader, 1_000, nanos);
                neighbour.removing = true;
                long before = neighbour.removals;
                with[pair] = window(reader, 1_000, nanos);
                removals += neighbour.removals - before;
                neighbour.removing = false;
                again[pair] = window(reader, 1_000, nanos);
            }
            neighbour.stopping = true;
            reader.close();
            neighbour.awaitEnd();
        }
        double[] change = ratios(with, without, again);
        double[] noise = ratios(again, without, without);
        OUT.printf(
                "beside: %,d removals of a loaded disk in %d windows of 1 s: p99.9 of another disk's 4 KiB reads %.1f us, "
                        + "beside removals %.1f us; median of the paired ratios %s, and %s between windows without removals%n",
                removals, pairs, median(without) / 1e3, median(with) / 1e3, interval(change), interval(noise));
    }

    /** Reads one after another for so long; their p99.9 in nanoseconds. */
    private static double window(DiskHandle reader, long ms, long[] nanos) throws IOException {
        int count = 0;
        ByteBuffer into = ByteBuffer.allocateDirect(BYTES);
        long end = System.nanoTime() + ms * 1_000_000;
        long before = System.nanoTime();
        while (before - end < 0 && count < nanos.length) {
            reader.read(count % 4000 * 8L, into);
            long now = System.nanoTime();
            nanos[count++] = now - before;
            before = now;
        }
        Arrays.sort(nanos, 0, count);
        return at(Arrays.copyOf(nanos, count), 0.999);
    }

    /** A disk under load, of one thread, that is removed every {@link #PERIOD_NANOS} when asked. */
    private static final class Neighbour extends Thread {
        private static final long PERIOD_NANOS = Long.getLong("unplug.bench.period.ms", 250) * 1_000_000;
        /** Between two requests: the reader and the neighbour are not to fight for the processors, which would be measured instead. */
        private static final long PAUSE_NANOS = 20_000;

        private static final int DEPTH = 8;

        private final BenchLayer layer;
        private final ByteBuffer memory;
        volatile boolean removing;
        volatile boolean stopping;
        volatile long removals;

        Neighbour(BenchLayer layer, ByteBuffer memory) {
            super("neighbour");
            this.layer = layer;
            this.memory = memory;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                while (!stopping) {
                    live();
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** One incarnation: the same load and the same pauses whether it ends by a removal or goes on. */
        private void live() throws IOException {
            MemoryDisk driver = new MemoryDisk(memory, 64, true, PAUSE_NANOS);
            Gendisk disk = layer.add(spec(64), driver);
            DiskHandle handle = disk.open(layer.owner(), Holder.named("load"), OpenMode.READ);
            for (int i = 0; i < DEPTH; i++) {
                Bio bio = handle.newBio().read(i * 8L, ByteBuffer.allocateDirect(BYTES));
                again(handle, bio.onEnd(ended -> again(handle, ended)));
            }
            do {
                LockSupport.parkNanos(PERIOD_NANOS);
            } while (!removing && !stopping);
            disk.remove(Removal.SURPRISE);
            removals++;
            driver.stop();
            handle.close();
        }

        void awaitEnd() {
            while (isAlive()) {
                LockSupport.parkNanos(1_000_000);
            }
        }

        /** Keeps a read in flight until it ends GONE. */
        private static void again(DiskHandle handle, Bio bio) {
            if (bio.status() == null || bio.status() == BlockStatus.OK) {
                handle.submit(bio);
            }
        }
    }

    /** Completes everything at once. */
    private static final class Nothing implements DiskDriver {
        @Override
        public boolean queueRequest(Request request) {
            request.complete(BlockStatus.OK);
            return true;
        }
    }

    private static DiskSpec spec(int depth) {
        return DiskSpec.of("memory", MemoryDisk.SECTORS).withLimits(QueueLimits.DEFAULT.withQueueDepth(depth));
    }

    /** Each one against the geometric mean of the two that it stands between. */
    private static double[] ratios(double[] these, double[] before, double[] behind) {
        double[] found = new double[these.length];
        Arrays.setAll(found, i -> these[i] / Math.sqrt(before[i] * behind[i]));
        return found;
    }

    /** A median, and where it lies with a confidence of 95 percent by the order of the values. */
    private static String interval(double[] values) {
        double half = 0.98 / Math.sqrt(values.length);
        return String.format(
                "%.3f (95 %%: %.3f to %.3f)",
                median(values), quantile(values, 0.5 - half), quantile(values, 0.5 + half));
    }

    private static double median(double[] values) {
        return quantile(values, 0.5);
    }

    private static double quantile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.toIntExact(Math.round(Math.max(0, Math.min(1, share)) * (sorted.length - 1)))];
    }

    /** Of sorted values. */
    private static long at(long[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) Math.ceil(share * sorted.length) - 1)];
    }

    private static double ms(long nanos) {
        return nanos / 1e6;
    }
}
