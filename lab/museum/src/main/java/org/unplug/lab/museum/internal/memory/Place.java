package org.unplug.lab.museum.internal.memory;

import java.util.List;

/**
 * Where something happened.
 *
 * @param calls the kernel's functions that are modelled, innermost first
 * @param thread the name of the thread
 * @param frames the nearest frames of our code below the exhibit, innermost first
 */
public record Place(List<String> calls, String thread, List<String> frames) {

    private static final int FRAMES = 4;
    private static final String MUSEUM = "org.unplug.lab.museum.";
    private static final StackWalker WALKER = StackWalker.getInstance();

    public Place {
        calls = List.copyOf(calls);
        frames = List.copyOf(frames);
    }

    /** This thread, now. */
    static Place here(List<String> calls) {
        List<String> frames =
                WALKER.walk(all -> all.filter(frame -> frame.getClassName().startsWith("org.unplug.")
                                && !frame.getClassName().startsWith(MUSEUM))
                        .limit(FRAMES)
                        .map(frame -> frame.getClassName() + "." + frame.getMethodName() + "(" + frame.getFileName()
                                + ":" + frame.getLineNumber() + ")")
                        .toList());
        return new Place(calls, Thread.currentThread().getName(), frames);
    }

    void print(StringBuilder to) {
        calls.forEach(call -> to.append("  ").append(call).append('\n'));
        frames.forEach(frame -> to.append("  ").append(frame).append('\n'));
    }
}
