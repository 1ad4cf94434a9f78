package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unplug.fs.CheckReport;
import org.unplug.fs.CheckReport.Finding;

/** Finds the names that a rename left that was cut off, and names that mean the same, while a check reads directory by directory. */
public final class Twins {
    private final Map<Integer, Entry> byStart = new HashMap<>();
    private final Map<String, Entry> byName = new HashMap<>();
    private final List<Finding> findings;
    private final boolean repair;
    private int tails;

    /** What is to be done of a name still. */
    public enum Met {
        /** Its chain is to be followed. */
        NEW,
        /** So it is, and the name of another file went for it. */
        REPLACES,
        /** Nothing: it stays for an older name of the same chain. */
        STAYS,
        /** Nothing: it is the older name. */
        GOES,
        /** It is to be met again under another name, when all names of the directory are known: another file has this one. */
        NAMESAKE
    }

    /** @param findings where it is told */
    public Twins(List<Finding> findings, boolean repair) {
        this.findings = findings;
        this.repair = repair;
    }

    /** Takes the entries of a name away. */
    public interface Removal {
        void run() throws IOException;
    }

    /**
     * A name that was met.
     *
     * @param names by which the file is found, the one shown first; spelled as they are compared
     * @param path from the root
     * @param state as it stands there, in any zone that is the same for all
     * @param removal takes it away
     */
    public record Entry(List<String> names, String path, Node.State state, Removal removal) {}

    /** Another directory begins. */
    public void enterDirectory() {
        byName.clear();
        tails = 0;
    }

    /** Of two names of one file the older one goes. */
    public Met meet(Entry entry) throws IOException {
        Entry twin = ofOneRename(entry);
        if (twin == null) {
            return entry.names().stream().anyMatch(this::isTaken) ? Met.NAMESAKE : Met.NEW;
        }
        findings.add(new Finding(
                CheckReport.Kind.RESIDUE,
                entry.path(),
                "is the same file as " + twin.path() + ": the older name goes",
                repair));
        if (!entry.state().created().isAfter(twin.state().created())) {
            entry.removal().run();
            return Met.GOES;
        }
        twin.removal().run();
        add(entry);
        return entry.state().firstCluster() == twin.state().firstCluster() ? Met.STAYS : Met.REPLACES;
    }

    private Entry ofOneRename(Entry entry) {
        Entry sameChain = byStart.get(entry.state().firstCluster());
        if (sameChain != null && isDirectory(sameChain) == isDirectory(entry)) {
            return sameChain;
        }
        Entry namesake = byName.get(entry.names().get(0));
        return namesake != null && entry.state().isOfOneRename(namesake.state()) ? namesake : null;
    }

    /** It is whole, and stays. */
    public void add(Entry entry) {
        if (entry.state().firstCluster() != 0) {
            byStart.put(entry.state().firstCluster(), entry);
        }
        entry.names().forEach(name -> byName.put(name, entry));
    }

    /** Whether a file of this directory that stays is found by a name. */
    public boolean isTaken(String name) {
        return byName.containsKey(name);
    }

    /** What makes another name of one that is taken: each once in a directory. */
    public String tail() {
        return "~" + ++tails;
    }

    /**
     * A file gets another name, because no path can hold the one that it has or because that is another's.
     *
     * @param was as it is shown
     */
    public void renamed(String path, String was, String name) {
        String why = NameRules.isReachable(was)
                ? "is there twice, and only one is found: this one"
                : "has a name that no path can hold: it";
        findings.add(new Finding(CheckReport.Kind.DAMAGE, path, why + " becomes " + name, repair));
    }

    private static boolean isDirectory(Entry entry) {
        return (entry.state().attributes() & Node.DIRECTORY) != 0;
    }
}
