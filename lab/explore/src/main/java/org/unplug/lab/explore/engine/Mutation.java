package org.unplug.lab.explore.engine;

/**
 * A bug that is put into a woven class: one instruction of one method is another than it was written.
 *
 * @param name for the table
 * @param what in words
 * @param type the class's simple name path after org.unplug, as "ref/Kref"
 * @param method its name
 * @param change what becomes of the instruction
 * @param target the called method's name, for those that concern a call; otherwise empty
 * @param nth which of those that match, from 1
 * @param scene the scene in which it is looked for
 */
public record Mutation(
        String name, String what, String type, String method, Change change, String target, int nth, String scene) {

    /** Kinds of bugs. */
    public enum Change {
        /** The call is not made; it answers zero, false or null. */
        DROP_CALL,
        /** The call is not made; it answers true, or one. */
        SAY_TRUE,
        /** The call is made twice. */
        TWICE,
        /** The branch after it goes the other way. */
        NEGATE_BRANCH,
        /** The method does nothing; it answers zero, false or null. */
        EMPTY,
        /** The method does nothing and answers true, or one. */
        ALWAYS_TRUE,
        /** The store into the field of that name is not made. */
        DROP_STORE,
        /** The method's monitor is not entered. */
        UNSYNCHRONIZED
    }

    boolean concerns(String internalName) {
        return internalName.equals("org/unplug/" + type);
    }
}
