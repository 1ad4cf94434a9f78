package org.unplug.block.testing;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.unplug.block.Holder;
import org.unplug.block.Removal;

/** A holder that writes down what it is told. */
public class RecordingHolder implements Holder {

    /** What it does when told. */
    public interface Action {
        void run() throws IOException;
    }

    private final String name;
    public final List<String> told = new CopyOnWriteArrayList<>();
    public volatile Action whenSynced = () -> {};
    public volatile Action whenDead = () -> {};

    public RecordingHolder(String name) {
        this.name = name;
    }

    @Override
    public String holderName() {
        return name;
    }

    @Override
    public void sync(long timeoutMs) throws IOException {
        told.add("sync");
        whenSynced.run();
    }

    @Override
    public void markDead(Removal kind) {
        told.add("dead " + kind);
        try {
            whenDead.run();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
