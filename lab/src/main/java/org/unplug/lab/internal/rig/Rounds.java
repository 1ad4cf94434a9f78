package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Evidence;
import org.unplug.lab.internal.contract.Figures;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Oracle;
import org.unplug.lab.internal.contract.Scenario;
import org.unplug.lab.internal.contract.Seen;
import org.unplug.lab.internal.contract.Tally;
import org.unplug.lab.internal.contract.Verdict;
import org.unplug.lab.internal.load.Field;
import org.unplug.lab.internal.load.FileErrors;

/**
 * Many removals of a side in a row, each under load at a random instant and in a random way, each return compared. What takes
 * time to observe is left out, and what is left over is looked for every now and then. Used by one thread.
 */
final class Rounds {

    private static final int LOOK_EVERY = 100;
    private static final int YANK_PERCENT = 60;
    private static final int EJECT_PERCENT = 25;
    private static final long LOAD_MAX_NANOS = 12_000_000;
    private static final long LOAD_REQUESTS = 16;

    private final World world;
    private final Station station;
    private final Station bystander;
    private final SplittableRandom random;
    private final Tally tally = new Tally();
    private final Figures figures = new Figures();
    private final Map<String, WeakReference<Object>> remembered = new LinkedHashMap<>();

    /** @param bystander null if the other side is being removed, too */
    Rounds(World world, Station station, Station bystander, long seed) {
        this.world = world;
        this.station = station;
        this.bystander = bystander;
        random = new SplittableRandom(seed);
    }

    Figures figures() {
        return figures;
    }

    Tally tally() {
        return tally;
    }

    /** @param after told of each round's number, from 1 */
    Course run(Scenario scenario, int rounds, IntConsumer after) throws IOException {
        for (int i = 1; i <= rounds; i++) {
            round(i, i % LOOK_EVERY == 0 || i == rounds);
            after.accept(i);
        }
        return new Course(station.side().title(), scenario, tally.verdicts(), figures, List.of(), null);
    }

    private Way way() {
        int dice = random.nextInt(100);
        return dice < YANK_PERCENT ? Way.YANK : dice < YANK_PERCENT + EJECT_PERCENT ? Way.EJECT : Way.STOP;
    }

    private void round(int number, boolean look) throws IOException {
        Side side = station.side();
        Way way = way();
        if (!station.warm(LOAD_REQUESTS, 0)) {
            throw new IOException(side.title() + ", round " + number + ": no load: " + station.progress());
        }
        world.pauseNanos(random.nextLong(LOAD_MAX_NANOS));
        Cut cut = new Cut(world, station, bystander, way, List.of(side.driver()), false);
        cut.take();
        cut.clear(false);
        Figures measured = cut.figures();
        Field.Findings before = station.raw().findings();
        FileErrors errors = station.errors();
        long oldEpoch = station.epoch();
        station.forget(false).forEach((what, weak) -> remembered.put("round " + number + " " + what, weak));
        Evidence seen = cut.evidence(look ? left(side, way) : Seen.not("looked for every " + LOOK_EVERY + " rounds"));

        if (way == Way.STOP) {
            Removals.start(world.bundle(side.driver()));
        } else {
            side.insert();
        }
        Comeback comeback = station.open(way.isOrderly(), true);
        measured.bytesVerified().add(comeback.bytes());
        figures.add(measured);
        Evidence.Single single = new Evidence.Single(
                Seen.not("light verification"),
                "",
                Seen.of(station.epoch() > oldEpoch),
                "epoch " + station.epoch() + " after " + oldEpoch,
                0,
                0);
        Evidence whole = seen.and(comeback.evidence(way.isOrderly(), before, errors, false))
                .renewed(single);
        Map<Line, Verdict> verdicts = Oracle.judge(whole);
        tally.add(verdicts);
        station.load();
    }

    private Seen<Evidence.Left> left(Side side, Way way) {
        Leftovers leftovers = new Leftovers(world);
        List<String> objects = leftovers.objects(remembered);
        remembered.clear();
        Seen<List<String>> descriptors = way == Way.EJECT
                ? Seen.not("an ejected medium stays in the driver")
                : leftovers.descriptors(side.image());
        return Seen.of(new Evidence.Left(objects, List.of(), descriptors, Seen.not("the driver is started again")));
    }
}
