package org.unplug.lab.internal.contract;

/** The lines of the removal contract, as docs/architecture.md has them. */
public enum Line {
    R1(
            "Refuse",
            "after refusal everything fails GONE",
            "From the instant a removal refuses, every new open and every new request fails with GONE, on every handle.",
            "Requests that our raw load began after its holder was told, and opens of the disk object it had kept."),
    R2(
            "Exactly once",
            "each accepted request ends once",
            "Every accepted request is completed once: by the driver, or by the core with GONE. Never lost, never twice.",
            "A ledger of our own under every raw request: begun, ended, ended twice, never ended."),
    R3(
            "Quiet",
            "no call inside the driver after remove",
            "When the removal returns no thread is inside the driver for that disk, and none will enter again.",
            "The low level driver's own counters, read when it was stopped and again after the load went on against it."),
    R4(
            "Bounded",
            "remove returns by its deadlines",
            "A removal returns by its deadlines: 30 s to sync if it is orderly, 5 s to drain, whatever others do.",
            "The time that Bundle.stop, eject, or the disappearance after a yank took, on our clock."),
    R5(
            "Counted",
            "memory, name, number go at last put",
            "Name and number are kept while anybody holds the disk, go at the last put, and the removal never waits for it.",
            "The list of disks while our handles were open, after they were closed, and the name of the next disk."),
    R6(
            "Told",
            "each holder told once, with the kind",
            "Each holder is told exactly once, under no lock, whether the removal is orderly or a surprise; parts of a disk too.",
            "Holders of our own on the disk and on its partition; one asks the block layer from another thread meanwhile."),
    R7(
            "Nothing elsewhere",
            "no write on another place or disk",
            "No write lands on another offset, disk or incarnation.",
            "Stamps in every sector (disk, incarnation, sector, sequence), fields never written, and the image after the return."),
    R8(
            "Nothing lost",
            "flushed or acknowledged data is there",
            "After an orderly removal all that was acknowledged is there, after a surprise all that was flushed.",
            "Files and raw sectors compared after the medium is back with what the writers had noted."),
    R9(
            "File system answers",
            "one typed error, unmount succeeds",
            "A mounted file system whose disk went fails each operation fast with one typed error; unmount always succeeds.",
            "What our file writers and readers caught, how long each failing call took, and the unmount."),
    R10(
            "Isolated",
            "the other disk goes on",
            "Removing one disk neither blocks nor slows another.",
            "The other side's requests during the removal, and the longest gap between two of them."),
    R11(
            "One removal",
            "second remover waits; new disk object",
            "A second remover waits for the first and sees its result. What comes back is a new disk; old handles never reach it.",
            "A second remover of our own, concurrently, and requests on a handle kept from before."),
    R12(
            "Nothing left",
            "no object, thread, descriptor, loader",
            "After the release nothing of the disk or its driver remains.",
            "Weak references after garbage collection, threads by class loader, descriptors of the image, the driver's loader.");

    private final String title;
    private final String brief;
    private final String sentence;
    private final String observed;

    Line(String title, String brief, String sentence, String observed) {
        this.title = title;
        this.brief = brief;
        this.sentence = sentence;
        this.observed = observed;
    }

    public String title() {
        return title;
    }

    /** In a few words, for the table. */
    public String brief() {
        return brief;
    }

    /** What it promises, in a sentence. */
    public String sentence() {
        return sentence;
    }

    /** From what it is judged here. */
    public String observed() {
        return observed;
    }
}
