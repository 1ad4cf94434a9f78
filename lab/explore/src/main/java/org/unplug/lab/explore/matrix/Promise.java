package org.unplug.lab.explore.matrix;

/**
 * What somebody said of a line of the contract.
 *
 * @param made whether it was promised
 * @param words what was promised, or why nothing was
 * @param source where it is said
 */
public record Promise(boolean made, String words, String source) {

    static Promise made(String words, String source) {
        return new Promise(true, words, source);
    }

    static Promise none(String why) {
        return new Promise(false, why, "");
    }
}
