package org.unplug.mmc;

/**
 * The operation conditions register (SD Physical Layer, section 5.1).
 *
 * @param bits all 32
 */
public record Ocr(int bits) {

    /** Power-up has finished. */
    public static final int READY = 1 << 31;
    /** In an answer: block addressed. In a question (there called HCS): the host can do that. */
    public static final int HIGH_CAPACITY = 1 << 30;
    /** In an answer: more than 2 TiB. In a question: the host can send addresses that long. */
    public static final int OVER_2_TIB = 1 << 27;
    /** In an answer: its lines can be driven at 1.8 V (S18A). In a question: so can the host's (S18R). */
    public static final int LOW_VOLTAGE_SIGNAL = 1 << 24;
    /** 2.7 to 3.6 V, a bit for each tenth. */
    public static final int VOLTAGES = 0xff8000;

    public boolean isReady() {
        return (bits & READY) != 0;
    }

    /** Meaningful once ready. */
    public boolean isHighCapacity() {
        return (bits & HIGH_CAPACITY) != 0;
    }

    /** Whether CMD11 may follow; meaningful once ready. */
    public boolean offersLowVoltage() {
        return (bits & LOW_VOLTAGE_SIGNAL) != 0;
    }

    public int voltages() {
        return bits & VOLTAGES;
    }
}
