package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Evidence;
import org.unplug.lab.internal.contract.Figures;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Moment;
import org.unplug.lab.internal.contract.Oracle;
import org.unplug.lab.internal.contract.Scenario;
import org.unplug.lab.internal.contract.Seen;
import org.unplug.lab.internal.contract.Tally;
import org.unplug.lab.internal.contract.Verdict;
import org.unplug.lab.internal.load.Field;
import org.unplug.lab.internal.load.FileErrors;

/** Each way of removal once on a side, observed thoroughly, and the return after it. Used by one thread. */
final class Removals {

    static final String FS_MOUNT = "org.unplug.fs-mount";

    private static final long WARM_REQUESTS = 300;
    private static final long WARM_STEPS = 12;
    private static final long SHOWN_BEFORE_NANOS = 250_000_000;
    private static final long SHOWN_AFTER_NANOS = 60_000_000;
    private static final int OLD_HANDLE_TRIES = 16;
    private static final long RELEASE_MS = 3_000;

    private final World world;
    private final Plan plan;
    private final Consumer<String> step;
    private final Random random;
    private final List<String> notes = new ArrayList<>();

    Removals(World world, Plan plan, Consumer<String> step) {
        this.world = world;
        this.plan = plan;
        this.step = step;
        random = new Random(plan.seed());
    }

    List<String> notes() {
        return notes;
    }

    /** The three ways on a side, and their returns as a fourth course. */
    List<Course> on(Station station, Station bystander) throws IOException {
        List<Course> courses = new ArrayList<>();
        Tally again = new Tally();
        Figures returns = new Figures();
        for (Way way : Way.values()) {
            step.accept(station.side().title() + ": " + scenario(way).sentence());
            boolean alone = way == Way.STOP && plan.shuffle();
            if (alone) {
                bystander.withoutFiles();
            }
            courses.add(once(station, bystander, way, again, returns));
            if (alone) {
                bystander.withFiles();
            }
        }
        courses.add(new Course(station.side().title(), Scenario.AGAIN, again.verdicts(), returns, List.of(), null));
        return courses;
    }

    private static Scenario scenario(Way way) {
        return switch (way) {
            case STOP -> Scenario.STOP;
            case YANK -> Scenario.YANK;
            case EJECT -> Scenario.EJECT;
        };
    }

    private Course once(Station station, Station bystander, Way way, Tally again, Figures returns) throws IOException {
        Side side = station.side();
        if (!station.warm(WARM_REQUESTS, WARM_STEPS)) {
            throw new IOException(side.title() + ": the load does not get going: " + station.progress());
        }
        List<String> bundles = way == Way.STOP ? bundles(side) : List.of();
        Cut cut = new Cut(world, station, bystander, way, bundles, true);
        cut.take();
        // In one of the three a handle is kept until the disk is back, which an old handle must never reach.
        boolean keep = way == Way.EJECT;
        String oldPart = station.part().info().name();
        String oldWhole = station.whole().info().name();
        long oldEpoch = station.epoch();
        DiskHandle kept = cut.clear(keep);
        Figures figures = cut.figures();
        List<Moment> moments = cut.moments();
        Course.Trace trace = cut.trace(SHOWN_BEFORE_NANOS, SHOWN_AFTER_NANOS);
        Field.Findings before = station.raw().findings();
        FileErrors errors = station.errors();
        Map<String, WeakReference<Object>> weak = station.forget(keep);
        Seen<Evidence.Left> left =
                keep ? Seen.not("a handle is kept until the disk is back; see again") : left(side, way, weak);
        Evidence seen = cut.evidence(left);
        if (way == Way.STOP && plan.shuffle()) {
            seen = withoutAnswers(seen);
        }

        bringBack(side, way, bundles);
        Comeback comeback;
        try {
            comeback = station.open(way.isOrderly(), true);
        } catch (IOException e) {
            if (kept == null) {
                throw e;
            }
            // The kept handle is in the way: that breaks a promise, and without it the disk must come back.
            again.add(Map.of(Line.R5, Verdict.broken("while a handle of " + oldPart + " was kept: " + e.getMessage())));
            kept.close();
            kept = null;
            side.insert();
            comeback = station.open(way.isOrderly(), true);
        }
        Evidence what = comeback.evidence(way.isOrderly(), before, errors, cut.changedAfterReturn());
        figures.bytesVerified().add(comeback.bytes());
        Map<Line, Verdict> verdicts = Oracle.judge(seen.and(what));

        Evidence renewed = renewal(station, oldWhole, oldPart, oldEpoch, kept);
        kept = null;
        again.add(Oracle.judge((keep ? renewed.and(only(left(side, way, weak))) : renewed)
                .and(comeback.evidence(way.isOrderly(), new Field.Findings(0, List.of(), List.of()), null, false))));
        returns.bytesVerified().add(comeback.bytes());
        station.load();
        return new Course(side.title(), scenario(way), verdicts, figures, moments, trace);
    }

    /** The driver alone, or the three above each other in a shuffled order; never the block layer, on which we stand. */
    private List<String> bundles(Side side) {
        List<String> bundles = new ArrayList<>(List.of(side.driver()));
        if (plan.shuffle()) {
            bundles.add(side.core());
            bundles.add(FS_MOUNT);
            Collections.shuffle(bundles, random);
            notes.add(side.title() + ": the stop scenario stopped " + String.join(", ", bundles)
                    + " in this order, and started them in the reverse one; block-core is not stopped, the laboratory"
                    + " itself stands on it.");
        }
        return bundles;
    }

    private static Evidence withoutAnswers(Evidence seen) {
        return new Evidence(
                seen.refusal(),
                seen.ends(),
                seen.quiet(),
                seen.returned(),
                seen.counting(),
                seen.told(),
                seen.places(),
                seen.contents(),
                Seen.not("fs-mount itself was stopped"),
                seen.isolation(),
                seen.single(),
                seen.left());
    }

    private Seen<Evidence.Left> left(Side side, Way way, Map<String, WeakReference<Object>> weak) throws IOException {
        Leftovers leftovers = new Leftovers(world);
        List<String> objects = leftovers.objects(weak);
        if (way != Way.STOP) {
            Seen<List<String>> descriptors = way == Way.YANK
                    ? leftovers.descriptors(side.image())
                    : Seen.not("an ejected medium stays in the driver until it is taken out");
            return Seen.of(new Evidence.Left(objects, List.of(), descriptors, Seen.not("the driver goes on")));
        }
        List<String> threads = leftovers.threads(side.driverMarks());
        Seen<List<String>> descriptors = leftovers.descriptors(side.image());
        Bundle driver = world.bundle(side.driver());
        return Seen.of(new Evidence.Left(objects, threads, descriptors, leftovers.loader(driver)));
    }

    private void bringBack(Side side, Way way, List<String> bundles) throws IOException {
        if (way != Way.STOP) {
            side.insert();
            return;
        }
        List<String> reverse = new ArrayList<>(bundles);
        Collections.reverse(reverse);
        for (String bundle : reverse) {
            start(world.bundle(bundle));
        }
    }

    static void start(Bundle bundle) throws IOException {
        try {
            bundle.start();
        } catch (BundleException e) {
            throw new IOException(bundle.getSymbolicName() + " does not start: " + e.getMessage(), e);
        }
    }

    private static Evidence only(Seen<Evidence.Left> left) {
        Evidence none = Evidence.none("a return is no removal");
        return new Evidence(
                none.refusal(),
                none.ends(),
                none.quiet(),
                none.returned(),
                none.counting(),
                none.told(),
                none.places(),
                none.contents(),
                none.answers(),
                none.isolation(),
                none.single(),
                left);
    }

    /** Whether what came back is another disk, and out of reach of the handle that was kept. */
    private Evidence renewal(Station station, String oldWhole, String oldPart, long oldEpoch, DiskHandle kept)
            throws IOException {
        Evidence none = Evidence.none("a return is no removal");
        boolean later = station.epoch() > oldEpoch;
        String newPart = station.part().info().name();
        String whatNow = oldWhole + " of epoch " + oldEpoch + ", now "
                + station.whole().info().name() + " of epoch " + station.epoch();
        if (kept == null) {
            return withReturn(none, none.refusal(), none.counting(), later, whatNow, 0, 0);
        }
        long reached = 0;
        ByteBuffer buffer = ByteBuffer.allocateDirect(Field.SLOT_BYTES);
        for (int i = 0; i < OLD_HANDLE_TRIES; i++) {
            reached += refuses(kept, Field.sectorOf(i), buffer.clear()) ? 0 : 1;
        }
        kept.close();
        boolean released = world.until(() -> statusOf(oldEpoch).isEmpty(), RELEASE_MS);
        Seen<Evidence.Counting> counting = Seen.of(new Evidence.Counting(
                oldPart, !newPart.equals(oldPart), 1, released, released ? List.of() : List.of(statusOf(oldEpoch))));
        Map<BlockStatus, Long> otherwise = reached == 0 ? Map.of() : Map.of(BlockStatus.OK, reached);
        Seen<Evidence.Refusal> refusal = Seen.of(new Evidence.Refusal(OLD_HANDLE_TRIES, otherwise, 0, List.of()));
        return withReturn(none, refusal, counting, later, whatNow, reached, OLD_HANDLE_TRIES);
    }

    private static boolean refuses(DiskHandle handle, long sector, ByteBuffer buffer) {
        try {
            handle.read(sector, buffer);
            return false;
        } catch (GoneException expected) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private String statusOf(long epoch) {
        try {
            return world.status(epoch).map(Object::toString).orElse("");
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private static Evidence withReturn(
            Evidence none,
            Seen<Evidence.Refusal> refusal,
            Seen<Evidence.Counting> counting,
            boolean later,
            String whatNow,
            long reached,
            long tried) {
        return new Evidence(
                refusal,
                none.ends(),
                none.quiet(),
                none.returned(),
                counting,
                none.told(),
                none.places(),
                none.contents(),
                none.answers(),
                none.isolation(),
                Seen.of(new Evidence.Single(
                        Seen.not("a return is no removal"), "", Seen.of(later), whatNow, reached, tried)),
                none.left());
    }
}
