package org.unplug.lab.explore.matrix;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.unplug.lab.explore.engine.Account;
import org.unplug.lab.explore.engine.Execution;
import org.unplug.lab.explore.engine.Search;
import org.unplug.lab.explore.engine.States;
import org.unplug.lab.explore.engine.WeavingLoader;
import org.unplug.lab.internal.contract.Line;

/**
 * Plays the same scenes over every protocol and counts. The numbers of executions are given, and their choices are seeded: the same
 * survey finds the same, apart from how long it takes.
 */
public final class Survey {

    /** Per scene: unplugs at steps spread evenly. */
    public static final int INSTANTS = 8;
    /** Per scene: unplugs just after the steps of an era's tables. */
    public static final int AT_NAMES = 18;
    /** Per scene: unplugs at random with other threads preempted. */
    public static final int AT_RANDOM = 14;

    private static final long SEED = 20091021;

    private final WeavingLoader classes = new WeavingLoader(null);
    private final States states = new States();
    private final int times;
    private final Consumer<Protocol> progress;
    private int executions;

    /**
     * @param times so many times the usual number of executions
     * @param progress told of each protocol when its turn comes
     */
    public Survey(int times, Consumer<Protocol> progress) {
        this.times = times;
        this.progress = progress;
    }

    public Matrix run() {
        List<Matrix.Row> rows = new ArrayList<>();
        for (Protocol protocol : Protocol.all()) {
            progress.accept(protocol);
            rows.add(row(protocol));
        }
        return new Matrix(rows, executions, states.size());
    }

    private Matrix.Row row(Protocol protocol) {
        List<Execution> all = new ArrayList<>();
        long returnMs = 0;
        long stuckMs = 0;
        for (String scene : protocol.scenes()) {
            List<Execution> sample = new Search(classes, scene, states)
                    .sample(times * INSTANTS, times * AT_NAMES, times * AT_RANDOM, SEED);
            for (Execution execution : sample) {
                long ms = execution.account().returnMs();
                if (scene.startsWith("stuck/")) {
                    stuckMs = Math.max(stuckMs, ms);
                } else {
                    returnMs = Math.max(returnMs, ms);
                }
            }
            all.addAll(sample);
        }
        executions += all.size();
        Map<Line, Cell> cells = new EnumMap<>(Line.class);
        for (Line line : Line.values()) {
            cells.put(line, cell(protocol.promises().get(line), line, all));
        }
        List<String> other = all.stream()
                .flatMap(execution -> execution.broken().stream())
                .filter(text -> !text.matches("R\\d+ (?s:.*)"))
                .distinct()
                .toList();
        return new Matrix.Row(protocol, cells, returnMs, stuckMs, other);
    }

    private static Cell cell(Promise promise, Line line, List<Execution> all) {
        int judged = 0;
        List<Execution> failing = new ArrayList<>();
        for (Execution execution : all) {
            Account account = execution.account();
            judged += account.judged().contains(line.name()) ? 1 : 0;
            if (account.breaks(line.name())) {
                failing.add(execution);
            }
        }
        Comparator<Execution> byPreemptions = Comparator.comparingInt(
                execution -> execution.schedule().preemptions().size());
        Execution shortest = failing.stream()
                .min(byPreemptions.thenComparingInt(execution ->
                        Story.of(execution.account(), line).happenings().size()))
                .orElse(null);
        String seen = shortest == null ? "" : Story.of(shortest.account(), line).end();
        return new Cell(promise, judged, failing.size(), shortest, seen);
    }
}
