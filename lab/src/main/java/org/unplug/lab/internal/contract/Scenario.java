package org.unplug.lab.internal.contract;

/** What is done to a side. */
public enum Scenario {
    STOP("stop", "The low level driver's bundle is stopped under load."),
    YANK("yank", "The medium is pulled out under load."),
    EJECT("eject", "The medium is ejected in order, under load, by two removers at once."),
    AGAIN("again", "The medium is put in, or the driver started, again after each of these, and compared."),
    RAPID("rapid", "The disk is removed and comes back many times in a row, in any of these ways, under load."),
    SOAK("soak", "The same for a long time, on both sides at once.");

    private final String title;
    private final String sentence;

    Scenario(String title, String sentence) {
        this.title = title;
        this.sentence = sentence;
    }

    public String title() {
        return title;
    }

    public String sentence() {
        return sentence;
    }
}
