package org.unplug.lab.explore.scene;

import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.driver.nbd.ExploredClient;
import org.unplug.export.nbd.internal.ExploredServer;
import org.unplug.nbd.ReplyHeader.Form;

/**
 * The real NBD server and client with a cable for each connection: the disk that goes is exported, a disk of another bundle has it at its
 * other end, and a visitor comes by. The disk at the far end dies when its last connection has been gone for a while.
 */
final class Network {

    private static final int CONNECTIONS = 2;
    private static final long LINGER_MS = 100;
    private static final long DEAD_AFTER_MS = 100;

    private final Time time;
    private final Layer layer;
    private final Notes notes;
    private final List<Cable> cables = new ArrayList<>();
    private final List<Tap> taps = new ArrayList<>();
    private ExploredServer server;
    private ExploredClient client;
    private Visitor visitor;
    private DiskInfo exported;
    private boolean going;
    private boolean removed;
    private boolean replaced;
    private boolean isDown;

    Network(Time time, Layer layer, Notes notes) {
        this.time = time;
        this.layer = layer;
        this.notes = notes;
    }

    /** Exports a disk and attaches it. @return the disk at the far end */
    Disk attach(Disk lower) throws IOException {
        // The disk that goes and a client that goes are what both tell a person of.
        server = new ExploredServer(time, LINGER_MS, line -> notes.did(Notes.SERVER, line));
        offer(lower);
        exported = lower.info();
        String name = exported.name();
        visitor = new Visitor(name, time.scheduler().coin() ? Form.SIMPLE : Form.STRUCTURED, this::cable, notes);
        client = new ExploredClient(
                name, CONNECTIONS, DEAD_AFTER_MS, layer.stacks(), () -> cable().client(), time, line -> {});
        Disk upper = layer.find(client.attach());
        layer.settle();
        return upper;
    }

    private void offer(Disk disk) {
        layer.whenUnpublished(disk.info(), server.offer(disk));
    }

    private Cable cable() {
        Tap tap = new Tap(notes, () -> removed, () -> replaced);
        Cable cable = new Cable(time.scheduler(), this::plug, tap);
        taps.add(tap);
        cables.add(cable);
        return cable;
    }

    private void plug(Cable cable) throws IOException {
        if (isDown) {
            throw new ConnectException("no route");
        }
        server.welcome(cable.server());
    }

    void visit() {
        stayed("looks around", visitor.looksAround());
        stayed("writes and reads", visitor.writesAndReads());
        stayed("vanishes", visitor.vanishes());
    }

    private void stayed(String what, String ended) {
        if (ended != null && !going) {
            notes.broken("R2 a visitor that " + what + " was cut off: " + ended);
        }
    }

    /** Somebody begins to remove the disk; from now on clients may be cut off. */
    void going() {
        going = true;
    }

    /** The removal has returned. */
    void removed() {
        removed = true;
    }

    /** Another disk is there, and offered; its name may be the same. */
    void replaced(Disk by) {
        replaced = true;
        offer(by);
    }

    /** Every connection is lost, and none can be made. */
    void cut() {
        isDown = true;
        cables.forEach(Cable::cut);
    }

    /** Both bundles stop: nothing of theirs is left. */
    void settle() {
        client.close();
        notes.did(Notes.SERVER, "the server stops");
        server.close();
        notes.looked("R12");
        if (server.sessions() > 0) {
            notes.broken("R12 " + server.sessions() + " sessions are left");
        }
        long open = cables.stream().filter(Cable::isOpen).count();
        if (open > 0) {
            notes.broken("R12 " + open + " connections are left");
        }
        // The export had one handle for all of its clients, and closed it behind the last one.
        time.scheduler().until(() -> layer.isReleased(exported));
    }

    /**
     * What a visitor was told to be durable is.
     *
     * @param next the medium that was put in instead, where it may have come to as well; null if none was
     */
    void compare(Medium medium, Medium next) {
        if (visitor.durable() != null) {
            notes.looked("R8");
            boolean isOnNext = next != null && Arrays.equals(visitor.durable(), next.durable(Visitor.SECTOR));
            if (!isOnNext && !Arrays.equals(visitor.durable(), medium.durable(Visitor.SECTOR))) {
                notes.broken("R8 what a visitor wrote with FUA is not on the medium");
            }
        }
    }

    /** A number that differs where what is on its way differs. Does not yield. */
    long probe() {
        long state = 0;
        for (int i = 0; i < cables.size(); i++) {
            state = state * 31
                    + cables.get(i).probe()
                    + taps.get(i).open() * 3L
                    + taps.get(i).answered() * 5L;
        }
        return state;
    }
}
