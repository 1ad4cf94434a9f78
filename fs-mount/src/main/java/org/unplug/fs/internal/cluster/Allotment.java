package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * Gives clusters to nodes and takes them back: those of a deleted file when the last one who has it open closes it. All methods need
 * the tree's lock for writing.
 */
final class Allotment {
    private static final int CHUNK = 64 * 1024;

    private final Tree tree;
    private final Volume volume;
    private final Layout layout;
    private final Clusters table;
    private final Set<Node> orphans = ConcurrentHashMap.newKeySet();

    Allotment(Tree tree) {
        this.tree = tree;
        volume = tree.volume();
        layout = tree.layout();
        table = tree.table();
    }

    /** Takes clusters; commits first if only that makes some free, or the chain longer on the disk. Needs the lock for writing. */
    Run allocate(int after, int want, int reserve, String path) throws IOException {
        tree.beforeChange(path);
        if (table.isCutPending(after)) {
            tree.commit().run();
        }
        Run run = table.allocate(after, want, reserve);
        if (run == null && table.hasPending()) {
            tree.commit().run();
            run = table.allocate(after, want, reserve);
        }
        if (run == null) {
            throw noSpace(path);
        }
        return run;
    }

    /** Makes a node's chain longer by neighbouring clusters, as many as can be had up to a number. Needs the lock for writing. */
    Run extend(Node node, int want, int reserve) throws IOException {
        Chain chain = tree.chain(node);
        int last = chain.last();
        Run run = allocate(last, want, reserve, node.path());
        table.join(chain, run);
        chain.append(run);
        if (last == 0) {
            tree.dirty(node, state -> state.withFirstCluster(run.first()).withContiguous(chain.isContiguous()));
        } else if (chain.isContiguous() != node.state().contiguous()) {
            tree.dirty(node, state -> state.withContiguous(chain.isContiguous()));
        }
        return run;
    }

    private FileSystemException noSpace(String path) {
        return new FileSystemException(
                path, null, "no space left on " + volume.disk().name());
    }

    /** Fills new clusters with zeroes, on their way to the disk at once: nothing written into them later is to go before the table. */
    void zero(Run run) throws IOException {
        long from = layout.offset(run.first());
        long bytes = (long) run.length() * layout.clusterBytes();
        ByteBuffer zeroes = ByteBuffer.allocate((int) Math.min(bytes, CHUNK));
        for (long done = 0; done < bytes; done += zeroes.capacity()) {
            zeroes.clear().limit((int) Math.min(zeroes.capacity(), bytes - done));
            volume.write(from + done, zeroes, Stage.DATA, true, volume.errors());
        }
        volume.startWriteBack(from, bytes);
    }

    /** A node has no entry any more: its clusters go, at once or when it is closed. */
    void discard(Node node) throws IOException {
        tree.loaded().removed();
        if (node.delete()) {
            free(node, 0);
        } else {
            orphans.add(node);
        }
    }

    /** The last one who had a deleted file open has closed it. Needs the lock for writing. */
    void closedOrphan(Node node) throws IOException {
        if (orphans.remove(node)) {
            free(node, 0);
        }
    }

    /** Lets go of the clusters of a node behind the first so many. Needs the lock for writing. */
    void free(Node node, int keep) throws IOException {
        try {
            Chain chain = tree.chain(node);
            List<Run> runs = chain.cut(keep);
            runs.forEach(table::freeLater);
            if (keep > 0 && !runs.isEmpty()) {
                table.cutLater(chain.last());
            }
        } catch (Damaged found) {
            // Whose clusters these are cannot be known: leave them to a check of the volume.
            tree.damaged(node.path() + ": " + found.getReason());
        }
    }

    /** Whether deleted files are open. */
    boolean hasOrphans() {
        return !orphans.isEmpty();
    }

    /** Nobody has anything open any more. */
    void closeOrphans() throws IOException {
        for (Node orphan : List.copyOf(orphans)) {
            closedOrphan(orphan);
        }
    }
}
