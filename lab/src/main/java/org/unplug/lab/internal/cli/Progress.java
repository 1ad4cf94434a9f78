package org.unplug.lab.internal.cli;

import java.io.PrintStream;
import org.unplug.lab.internal.rig.Comparison;

/** Shows how far it is: on a terminal one line that is written over, elsewhere a line for each step. Any thread may call. */
final class Progress implements Comparison.Watcher {

    private static final int WIDTH = 100;

    private final PrintStream out;
    private final boolean terminal;

    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public synchronized void step(int percent, String what) {
        String line = String.format("[%3d%%] %s", percent, what);
        if (terminal) {
            String cut = line.length() > WIDTH ? line.substring(0, WIDTH) : line;
            out.print("\r\033[K" + cut);
        } else {
            out.println(line);
        }
        out.flush();
    }

    @Override
    public void tick(int percent, String what) {
        if (terminal) {
            step(percent, what);
        }
    }

    @Override
    public synchronized void line(String text) {
        out.println((terminal ? "\r\033[K" : "") + text);
        out.flush();
    }

    /** Leaves the line. */
    synchronized void done() {
        if (terminal) {
            out.print("\r\033[K");
            out.flush();
        }
    }
}
