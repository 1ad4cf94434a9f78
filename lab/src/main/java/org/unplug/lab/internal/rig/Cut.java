package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.DiskStatus;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.RemovalReport;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Evidence;
import org.unplug.lab.internal.contract.Figures;
import org.unplug.lab.internal.contract.Moment;
import org.unplug.lab.internal.contract.Seen;
import org.unplug.lab.internal.load.Field;
import org.unplug.lab.internal.load.FileErrors;
import org.unplug.lab.internal.load.Ledger;

/**
 * One removal under load, observed. {@link #take} takes the disk away and lets the load go on against the dead disk;
 * {@link #clear} ends the load and gives everything back; {@link #evidence} and {@link #figures} tell what was seen. Once each,
 * on one thread.
 */
final class Cut {

    /** How long the load goes on against a dead disk. */
    private static final long AFTERLIFE_NANOS = 60_000_000;

    private static final long AFTERLIFE_LIGHT_NANOS = 6_000_000;
    private static final long GRACE_NANOS = 3_000_000_000L;
    private static final long FAST_NANOS = 1_000_000_000;
    private static final long GAP_NANOS = 1_000_000_000;
    private static final long RELEASE_MS = 3_000;
    private static final String TYPED = "org.unplug.fs.DiskGoneException";

    private final World world;
    private final Station station;
    private final Station bystander;
    private final Way way;
    private final boolean thorough;
    private final List<String> bundles;

    private Moments moments;
    private long beganNanos;
    private long returnedNanos;
    private long deadNanos;
    private boolean returned;
    private long goneBefore;
    private long goneAtReturn;
    private String name;
    private Seen<Evidence.Isolation> isolation;
    private Seen<Evidence.Quiet> quiet = Seen.not("light verification");
    private Seen<Boolean> second = Seen.not("light verification");
    private String whatSecond = "";
    private final List<String> opened = new ArrayList<>();
    private int opens;
    private Evidence.Counting counting;
    private long sumAtReturn;
    private boolean changed;
    private boolean allBack;
    private boolean unmounted;
    private long unmountNanos;

    /**
     * @param bystander the side that stays; null if none does
     * @param bundles whose stop is the removal, in this order; only for {@link Way#STOP}
     * @param thorough whether to observe what takes time as well
     */
    Cut(World world, Station station, Station bystander, Way way, List<String> bundles, boolean thorough) {
        this.world = world;
        this.station = station;
        this.bystander = bystander;
        this.way = way;
        this.bundles = bundles;
        this.thorough = thorough;
    }

    /** Takes the disk away. */
    void take() throws IOException {
        Side side = station.side();
        Disk whole = station.whole();
        Disk part = station.part();
        name = whole.info().name();
        Side.Remover remover = thorough || way == Way.EJECT ? side.remover() : null;
        Side.DriverCounters counters = thorough || way == Way.STOP ? side.counters() : null;
        goneBefore = station.ledger().statuses().getOrDefault(BlockStatus.GONE, 0L);
        long bystanderErrors = bystander == null ? 0 : errorsOf(bystander);
        long bystanderEnds = bystander == null ? 0 : bystander.ledger().ended();
        if (bystander != null) {
            bystander.ledger().watchGaps(world.clockwork().nanoTime());
        }
        moments = new Moments(world, station);
        moments.open();

        Deed<Boolean> watch = Deed.begin(
                world.clockwork(), "lab watcher", () -> world.until(() -> isDead(whole), bound() / 1_000_000));
        Deed<RemovalReport> first = begin(remover);
        beganNanos = first.beganNanos();
        Deed<RemovalReport> other = thorough ? secondRemover(remover) : null;
        returned = awaitReturn(first, whole, part);
        returnedNanos = way == Way.YANK ? world.clockwork().nanoTime() : first.endedNanos();
        goneAtReturn = station.ledger().statuses().getOrDefault(BlockStatus.GONE, 0L);
        watch.await(bound());
        deadNanos = watch.endedNanos();
        moments.add(
                Moment.Where.DRIVER, beganNanos, way == Way.YANK ? "the medium is pulled out" : way.text() + " called");
        moments.add(Moment.Where.CORE, deadNanos, "the disk is dead");
        if (way != Way.YANK) {
            moments.add(Moment.Where.DRIVER, returnedNanos, way.text() + " returned");
        }
        moments.close();
        if (first.failure() != null) {
            throw new IOException(side.title() + ": " + way.text() + ": " + first.failure(), first.failure());
        }
        if (other != null) {
            judgeSecond(first, other, whole);
        }
        if (bystander != null) {
            isolation = Seen.of(new Evidence.Isolation(
                    returnedNanos - beganNanos,
                    bystander.ledger().ended() - bystanderEnds,
                    errorsOf(bystander) - bystanderErrors,
                    bystander.ledger().longestGapNanos(world.clockwork().nanoTime()),
                    GAP_NANOS));
        } else {
            isolation = Seen.not("the other side was being removed, too");
        }
        observeAfterlife(counters);
        tryToOpen(whole);
        tryToOpen(part);
    }

    private Deed<RemovalReport> begin(Side.Remover remover) throws IOException {
        Side side = station.side();
        List<Bundle> stopped = new ArrayList<>();
        for (String bundle : way == Way.STOP ? bundles : List.<String>of()) {
            stopped.add(world.bundle(bundle));
        }
        return Deed.begin(world.clockwork(), "lab " + way.text(), () -> {
            switch (way) {
                case STOP -> stop(stopped);
                case YANK -> side.yank();
                case EJECT -> {
                    return remover.remove();
                }
            }
            return null;
        });
    }

    private static void stop(List<Bundle> bundles) throws BundleException {
        for (Bundle bundle : bundles) {
            bundle.stop();
        }
    }

    /** A removal that begins before a yank was noticed would be an orderly one, so then the second waits for the notice. */
    private Deed<RemovalReport> secondRemover(Side.Remover remover) {
        if (way == Way.YANK) {
            world.until(() -> station.toldNanos() != 0, way.limitNanos() / 1_000_000);
        }
        return Deed.begin(world.clockwork(), "lab second remover", remover::remove);
    }

    private boolean awaitReturn(Deed<RemovalReport> first, Disk whole, Disk part) {
        boolean came = first.await(bound());
        if (way != Way.YANK) {
            return came;
        }
        return came && world.until(() -> isDead(whole) && isDead(part), bound() / 1_000_000);
    }

    /** How long we wait for what is promised to come sooner. */
    private long bound() {
        return way.limitNanos() + GRACE_NANOS;
    }

    private static boolean isDead(Disk disk) {
        return disk.state() == DiskState.DEAD || disk.state() == DiskState.RELEASED;
    }

    private void judgeSecond(Deed<RemovalReport> first, Deed<RemovalReport> other, Disk whole) {
        if (!other.await(bound())) {
            second = Seen.of(false);
            whatSecond = "had not returned after " + way.limitNanos() / 1_000_000_000 + " s";
            return;
        }
        moments.add(Moment.Where.DRIVER, other.endedNanos(), "second remover returned");
        RemovalReport seen = other.result();
        boolean dead = isDead(whole);
        boolean fits = seen != null && seen.disk().epoch() == station.epoch() && seen.kind() == way.kind();
        boolean same = way != Way.EJECT || (seen != null && seen.equals(first.result()));
        second = Seen.of(dead && fits && same && other.failure() == null);
        whatSecond = (dead ? "came back when the disk was dead" : "came back while the disk was " + whole.state())
                + (other.failure() != null ? ", failed: " + other.failure() : "")
                + (seen == null
                        ? ", with no report"
                        : ", with the report of " + seen.disk().name() + " " + seen.kind()
                                + (way != Way.EJECT
                                        ? ""
                                        : same ? ", the same as the first" : ", another than the first"));
    }

    /** The load goes on while this looks whether anything still reaches the driver or the image. */
    private void observeAfterlife(Side.DriverCounters counters) throws IOException {
        long triedBefore = station.ledger().begunAfterRefusal();
        if (counters == null) {
            world.pauseNanos(AFTERLIFE_LIGHT_NANOS);
            return;
        }
        long inside = way == Way.STOP ? counters.insideAtStop() : counters.inside();
        long moved = counters.moved();
        if (thorough) {
            sumAtReturn = station.image().sum();
        }
        world.pauseNanos(thorough ? AFTERLIFE_NANOS : AFTERLIFE_LIGHT_NANOS);
        long tried = station.ledger().begunAfterRefusal() - triedBefore;
        quiet = Seen.of(
                way == Way.STOP
                        ? new Evidence.Quiet(inside, counters.afterStop(), "calls", tried)
                        : new Evidence.Quiet(inside, counters.moved() - moved, counters.unit(), tried));
    }

    private void tryToOpen(Disk disk) {
        opens++;
        try {
            DiskHandle handle = disk.open(Holder.named("lab too late"), OpenMode.READ);
            handle.close();
            opened.add("of " + disk.info().name() + " succeeded");
        } catch (GoneException expected) {
            return;
        } catch (IOException e) {
            opened.add("of " + disk.info().name() + " threw " + e);
        }
    }

    /**
     * Ends the load, unmounts, closes.
     *
     * @param keep whether to keep a handle, which the caller closes later
     * @return the kept handle or null
     */
    DiskHandle clear(boolean keep) throws IOException {
        Optional<DiskStatus> held = world.status(station.epoch());
        boolean kept =
                held.isPresent() && held.get().references() > 0 && held.get().state() == DiskState.DEAD;
        int references = held.map(DiskStatus::references).orElse(0);
        allBack = station.unload();
        long before = world.clockwork().nanoTime();
        unmounted = station.unmount();
        unmountNanos = world.clockwork().nanoTime() - before;
        DiskHandle handle = station.close(keep);
        boolean released = !keep && awaitReleased();
        counting = new Evidence.Counting(
                name, kept, references, keep || released, keep || released ? List.of() : holders());
        if (thorough) {
            changed = station.image().sum() != sumAtReturn;
        }
        return handle;
    }

    /** Whether the disk and its parts are out of the list, after some time for puts under way. */
    private boolean awaitReleased() {
        return world.until(() -> holders().isEmpty(), RELEASE_MS);
    }

    private List<String> holders() {
        try {
            List<String> held = new ArrayList<>();
            for (DiskStatus status : world.disks().list()) {
                boolean whole = status.info().epoch() == station.epoch();
                if (whole
                        || (status.info().parent().equals(name)
                                && !status.state().admits())) {
                    held.add(status.info().name() + ": " + status.references() + " references, handles "
                            + status.handles() + ", users " + status.users());
                }
            }
            return held;
        } catch (IOException e) {
            return List.of(e.getMessage());
        }
    }

    private static long errorsOf(Station station) {
        long raw = station.ledger().statuses().entrySet().stream()
                .filter(e -> !e.getKey().ok())
                .mapToLong(java.util.Map.Entry::getValue)
                .sum();
        return raw + (station.errors() == null ? 0 : station.errors().errors());
    }

    /** What this removal showed; the lines that only the return can show are absent. */
    Evidence evidence(Seen<Evidence.Left> left) {
        Ledger ledger = station.ledger();
        FileErrors errors = station.errors();
        Seen<Evidence.Answers> answers = errors == null
                ? Seen.not("nothing was mounted")
                : Seen.of(new Evidence.Answers(
                        errors.failures(),
                        errors.samples(),
                        TYPED,
                        errors.slowestFailureNanos(),
                        FAST_NANOS + (way.isOrderly() ? FAST_NANOS : 0),
                        errors.acknowledgedAfterFailure(),
                        unmounted,
                        unmountNanos));
        return new Evidence(
                Seen.of(new Evidence.Refusal(ledger.begunAfterRefusal(), ledger.notGone(), opens, opened)),
                Seen.of(new Evidence.Ends(
                        ledger.begun(),
                        ledger.ended(),
                        ledger.twice(),
                        allBack ? 0 : ledger.inside(),
                        ledger.statuses())),
                quiet,
                Seen.of(new Evidence.Return(way.text(), returnedNanos - beganNanos, way.limitNanos(), returned)),
                Seen.of(counting),
                Seen.of(new Evidence.Told(way.kind(), station.saw())),
                Seen.not("shown by what is there when the medium is back"),
                Seen.not("shown by what is there when the medium is back"),
                answers,
                isolation,
                Seen.of(new Evidence.Single(second, whatSecond, Seen.not("not back yet"), "", 0, 0)),
                left);
    }

    Figures figures() {
        Ledger ledger = station.ledger();
        Figures figures = new Figures();
        figures.returnNanos().add(returnedNanos - beganNanos);
        figures.drainNanos().add(station.toldNanos() == 0 ? 0 : Math.max(0, deadNanos - station.toldNanos()));
        figures.inFlight().add(station.insideWhenTold());
        figures.gone().add(goneAtReturn - goneBefore);
        figures.other()
                .add(ledger.statuses().entrySet().stream()
                        .filter(e -> !e.getKey().ok() && e.getKey() != BlockStatus.GONE)
                        .mapToLong(java.util.Map.Entry::getValue)
                        .sum());
        figures.fileErrors().add(station.errors() == null ? 0 : station.errors().errors());
        Field.Findings read = station.raw().findings();
        figures.bytesVerified()
                .add(read.sectors() * 512
                        + (station.errors() == null ? 0 : station.errors().bytesVerified()));
        figures.requests().add(ledger.begun());
        return figures;
    }

    /** Whether the image changed between the return and now, when everything was given back. */
    boolean changedAfterReturn() {
        return changed;
    }

    List<Moment> moments() {
        return moments.since(beganNanos);
    }

    Course.Trace trace(long beforeNanos, long afterNanos) {
        long from = beganNanos - beforeNanos;
        long to = returnedNanos + afterNanos;
        return new Course.Trace(
                beganNanos,
                returnedNanos,
                station.pulse().between(from, to),
                bystander == null ? List.of() : bystander.pulse().between(from, to));
    }
}
