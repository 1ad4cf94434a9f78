package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Findings;
import org.unplug.lab.internal.contract.Scenario;

/**
 * The main job: both sides under load in one framework, and every scenario on each while the other goes on. Once, on one
 * thread; a soak has a thread for each side.
 */
public final class Comparison {

    private static final long LATENCY_MICROS = 200;
    private static final long MMC_IDENTITY = 0x4d4d43;
    private static final long SCSI_IDENTITY = 0x53435349;
    private static final String REPAIRED =
            "A file system that a yank has left is mounted and compared as it is, then checked and repaired; damage that the check finds and"
                    + " that no cut explains is a loss.";
    private static final int REPORT_EVERY = 1000;

    private final World world;
    private final Plan plan;
    private final Path out;
    private final Watcher watcher;
    private final List<Course> courses = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private int steps = 1;
    private int stepsBegun;

    /** Who is told how far it is. */
    public interface Watcher {
        /** A step has begun. */
        void step(int percent, String what);

        /** Something small was done within a step. */
        void tick(int percent, String what);

        /** A line to keep. */
        void line(String text);
    }

    public Comparison(World world, Plan plan, Path out, Watcher watcher) {
        this.world = world;
        this.plan = plan;
        this.out = out;
        this.watcher = watcher;
    }

    /** @throws IOException in one line, if the experiment itself could not be carried out */
    public Findings run() throws IOException {
        long began = world.clockwork().nanoTime();
        Files.createDirectories(out);
        try (Settings settings = new Settings(world)) {
            notes.add(settings.shorten());
            Station mmc = new Station(
                    world, new MmcSide(world, out.resolve("card.img"), LATENCY_MICROS), MMC_IDENTITY, plan.seed());
            Station scsi = new Station(
                    world, new ScsiSide(world, out.resolve("lun.img"), LATENCY_MICROS), SCSI_IDENTITY, ~plan.seed());
            try {
                step("making images, formatting, mounting, warming up");
                begin(mmc);
                begin(scsi);
                if (plan.soak() > 0) {
                    soak(mmc, scsi);
                } else {
                    everyScenario(mmc, scsi);
                }
            } finally {
                end(mmc);
                end(scsi);
            }
        }
        double seconds = (world.clockwork().nanoTime() - began) / 1e9;
        return new Findings(plan.seed(), plan.command(), environment(), notes, courses, seconds);
    }

    private static void begin(Station station) throws IOException {
        station.prepare();
        station.open(true, true);
        station.load();
    }

    /** Whatever has happened: nothing of ours stays busy, and the medium is out. */
    private static void end(Station station) {
        try {
            station.end();
        } catch (IOException | RuntimeException alreadyFailed) {
            return;
        }
    }

    private void everyScenario(Station mmc, Station scsi) throws IOException {
        steps = 2 * (Way.values().length + (plan.rounds() > 0 ? 1 : 0));
        Removals removals = new Removals(world, plan, this::step);
        for (Station station : List.of(mmc, scsi)) {
            Station bystander = station == mmc ? scsi : mmc;
            courses.addAll(removals.on(station, bystander));
            if (plan.rounds() > 0) {
                String what = station.side().title() + ": " + plan.rounds() + " rapid removals and returns";
                step(what);
                Rounds rounds = new Rounds(world, station, bystander, plan.seed() ^ courses.size());
                courses.add(rounds.run(
                        Scenario.RAPID,
                        plan.rounds(),
                        i -> watcher.tick(percent(stepsBegun - 1 + (double) i / plan.rounds()), what + ": " + i)));
            }
        }
        notes.addAll(removals.notes());
        notes.add(REPAIRED);
    }

    private void soak(Station mmc, Station scsi) throws IOException {
        notes.add(REPAIRED);
        notes.add("A soak removes both sides at the same time, so that nobody is there to be disturbed.");
        int each = (plan.soak() + 1) / 2;
        List<Rounds> both =
                List.of(new Rounds(world, mmc, null, plan.seed()), new Rounds(world, scsi, null, ~plan.seed()));
        AtomicInteger removed = new AtomicInteger();
        long began = world.clockwork().nanoTime();
        IntConsumer after = i -> soaked(removed.incrementAndGet(), began);
        Deed<Course> second =
                Deed.begin(world.clockwork(), "lab soak", () -> both.get(1).run(Scenario.SOAK, each, after));
        Course first = both.get(0).run(Scenario.SOAK, each, after);
        if (!second.await(Long.MAX_VALUE / 2)) {
            throw new IOException("the soak of the second side did not end");
        }
        if (second.failure() != null) {
            throw new IOException("SCSI: " + second.failure().getMessage(), second.failure());
        }
        courses.add(first);
        courses.add(second.result());
    }

    private void soaked(int removals, long beganNanos) {
        double seconds = (world.clockwork().nanoTime() - beganNanos) / 1e9;
        String text = String.format(
                Locale.ROOT, "%d of %d removals, %.0f s, %.1f/s", removals, plan.soak(), seconds, removals / seconds);
        int percent = (int) (100L * removals / plan.soak());
        if (removals % REPORT_EVERY == 0) {
            Runtime runtime = Runtime.getRuntime();
            watcher.line(text
                    + String.format(
                            Locale.ROOT,
                            ", heap %d MiB, %d threads",
                            (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                            Thread.getAllStackTraces().size()));
        } else {
            watcher.tick(percent, text);
        }
    }

    private void step(String what) {
        watcher.step(percent(stepsBegun), what);
        stepsBegun++;
    }

    private int percent(double stepsDone) {
        return (int) Math.min(99, 100 * stepsDone / (steps + 1));
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        environment.put(
                "framework",
                world.context().getProperty(Constants.FRAMEWORK_VENDOR) + " "
                        + world.context().getBundle(0).getVersion());
        environment.put(
                "machine",
                System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + Runtime.getRuntime().availableProcessors() + " processors");
        for (Bundle bundle : world.context().getBundles()) {
            String name = String.valueOf(bundle.getSymbolicName());
            if (name.startsWith("org.unplug.block") || name.equals("org.apache.felix.scr")) {
                environment.put(name, bundle.getVersion().toString());
            }
        }
        return environment;
    }
}
