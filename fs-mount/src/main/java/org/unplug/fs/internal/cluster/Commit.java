package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * The order in which changes reach the disk, and the marks that say whether all did.
 *
 * <p><b>Theory of operation.</b> One commit writes, with a flush of the device between any two: contents; in the table the chains
 * of new clusters, then the links to them; names; what leads up from directories that moved; the removal of names that have another one
 * now; then in the table the
 * ends of chains that became shorter, and last what is free. Within a step sectors reach the disk in any order, so
 * nothing within a step may refer to something of the same step in another sector, and a name that was deleted is given again in the
 * same step only over its old entries. So at every instant what the disk's names refer
 * to is chained, and what is chained has its content; a cluster becomes free only when no name on the disk leads to it, and until
 * then nobody else gets it. What a cut can leave behind is clusters that belong to nobody, chains longer than the size says, and
 * two names of one chain where a rename was under way, the new one perhaps behind the end mark of its directory, where Windows does
 * not see it and Linux does: {@link Sweep} removes one of them before the volume is changed again.
 * FAT12's entries may lie across two sectors, which nothing makes reach the disk together.
 *
 * <p>The dirty mark is on the disk before the first change, and cleared
 * only after the last commit. A volume that was dirty when mounted stays marked: somebody has to check it.
 *
 * <p>All methods need the tree's lock for writing, but {@link #dirtied}.
 */
final class Commit {
    private final Tree tree;
    private final Volume volume;
    private final Dialect dialect;
    private final Clusters table;
    private final Set<Node> dirtyNodes = ConcurrentHashMap.newKeySet();
    private final List<Erasure> erasures = new CopyOnWriteArrayList<>();
    private final Set<Directory> erasedIn = new HashSet<>();
    private final boolean wasDirty;
    private boolean marked;

    /** The entry of an old name of a node, to go once the new one is on the disk. */
    private record Erasure(Directory directory, Place old, Node node) {
        boolean isOfMovedDirectory() {
            return node.isDirectory() && !node.isDeleted() && node.parent() != old.parent();
        }
    }

    Commit(Tree tree) throws IOException {
        this.tree = tree;
        volume = tree.volume();
        dialect = tree.dialect();
        table = dialect.clusters();
        wasDirty = dialect.isMarked();
    }

    /** Whether the volume was marked when it was mounted. */
    boolean wasDirty() {
        return wasDirty;
    }

    /** The entry of this node is to be written. Any thread. */
    void dirtied(Node node) {
        dirtyNodes.add(node);
    }

    boolean isDirty() {
        return !dirtyNodes.isEmpty()
                || volume.isDirty(Stage.DATA)
                || volume.isDirty(Stage.MAP)
                || volume.isDirty(Stage.NAMES)
                || hasErasures()
                || table.hasPending();
    }

    /** An old name is to go, after the new one is on the disk. */
    void eraseLater(Directory directory, Place old, Node node) {
        directory.leaving(old);
        erasures.add(new Erasure(directory, old, node));
    }

    boolean hasErasures() {
        return !erasures.isEmpty();
    }

    /** Entries of this directory were erased. */
    void erased(Directory directory) {
        erasedIn.add(directory);
    }

    /** Whether directories keep in mind what was erased. */
    boolean hasErased() {
        return !erasedIn.isEmpty();
    }

    /** While a directory that moved has both names, it leads up to either. */
    private void lead() throws IOException {
        boolean moved = false;
        for (Erasure erasure : erasures) {
            if (erasure.isOfMovedDirectory()) {
                tree.directory(erasure.node()).moved(erasure.node().parent());
                moved = true;
            }
        }
        if (moved) {
            volume.makeDurable(EnumSet.of(Stage.NAMES));
        }
    }

    private void erase() throws IOException {
        for (Erasure erasure : List.copyOf(erasures)) {
            erasure.directory().erase(erasure.old());
            erasures.remove(0);
        }
    }

    /** Makes sure that the disk says it is being changed. */
    void beforeChange() throws IOException {
        if (!marked) {
            mark(true);
            marked = true;
        }
    }

    /** Whichever part of the mark arrives, the volume is marked as long as one does. */
    private void mark(boolean dirty) throws IOException {
        dialect.mark(dirty);
        volume.makeDurable(EnumSet.of(Stage.NAMES, Stage.MAP), dialect.mirrors());
    }

    /** Brings everything that was changed to the disk. */
    void run() throws IOException {
        writeEntries();
        Set<Stage> step = EnumSet.of(Stage.DATA);
        if (volume.isDirty(Stage.MAP)) {
            end(step);
            step.add(Stage.MAP);
        }
        if (table.hasLinks()) {
            end(step);
            table.applyLinks();
            step.add(Stage.MAP);
        }
        if (volume.isDirty(Stage.NAMES)) {
            end(step);
            step.add(Stage.NAMES);
        }
        if (!erasures.isEmpty()) {
            end(step);
            lead();
            erase();
            step.add(Stage.NAMES);
        }
        if (table.hasCuts()) {
            end(step);
            table.applyCuts();
            step.add(Stage.MAP);
        }
        while (table.hasFrees()) {
            end(step);
            table.applyFrees();
            step.add(Stage.MAP);
        }
        if (marked) {
            // Only a hint, which may go with any step.
            dialect.writeInfo();
            step.add(Stage.NAMES);
        }
        end(step);
        erasedIn.forEach(Directory::committed);
        erasedIn.clear();
    }

    /** What a step brought into the cache is durable when this returns: the next one may begin. */
    private void end(Set<Stage> step) throws IOException {
        volume.makeDurable(step, dialect.mirrors());
        step.clear();
    }

    /** After {@link #run}: says that all is well, unless it was not so before. */
    void markClean() throws IOException {
        if (marked && !wasDirty) {
            mark(false);
            marked = false;
        }
    }

    private void writeEntries() throws IOException {
        for (Node node : List.copyOf(dirtyNodes)) {
            dirtyNodes.remove(node);
            if (node.takeDirty()) {
                try {
                    node.parent().directory.update(node);
                } catch (IOException failed) {
                    node.setDirty();
                    dirtyNodes.add(node);
                    throw failed;
                }
            }
        }
    }
}
