package org.unplug.scsi.debug;

import java.io.IOException;
import java.util.List;

/**
 * An adapter whose units one can put in and pull out; a service, one for each adapter. Any thread may call; calls come in
 * turn.
 *
 * <p>Where Config Admin is there, what is put in is written into the adapter's configuration and what is pulled out is taken
 * from it, so that the units come back when the bundle was stopped and is started again. A unit on an image comes back with its
 * content; one in memory comes back empty.
 */
public interface ScsiDebug {

    /** Service property: the adapter's name. */
    String NAME = "scsi.debug.name";

    /** The adapter's name. */
    String name();

    /**
     * Puts a unit in; the core sees it soon, by the scan that this asks for.
     *
     * @return the unit as it was put in, with the address that it got
     * @throws IOException one line that says what is wrong with the image, or that the address is taken
     */
    LunInfo insert(LunSpec spec) throws IOException;

    /**
     * Pulls a unit out while it runs: its commands end with no connection, what its volatile cache had not written is lost, and
     * the core is told. Returns when no thread uses its store any more.
     *
     * @return false if there is no such unit
     */
    boolean yank(int target, long lun);

    /**
     * Puts the unit back that was pulled out of an address last, or whose medium was ejected there: with the same blocks, less what
     * a volatile cache had not written; an image is opened again. The adapter keeps a unit in memory until another one is at
     * its address.
     *
     * @param target its target; with both {@link LunSpec#NEXT}, the unit that was pulled out last of all
     * @return the unit as it is now
     * @throws IOException in one line: none was pulled out there since the adapter came up, or one is in, or its image cannot be used
     */
    LunInfo putBack(int target, long lun) throws IOException;

    /** The units that are in, by address. */
    List<LunInfo> list();

    /**
     * Adds a rule; it counts for what comes from now on. Rules are not remembered over a restart, but for those of the configuration.
     *
     * @return the rule with its number
     * @throws IllegalArgumentException if it names a target or unit that the adapter cannot have
     */
    RuleInfo addRule(Rule rule);

    /**
     * Drops a rule. Handlers that hang because of it return; commands that it let time out do not end by that.
     *
     * @return false if there is no such rule
     */
    boolean dropRule(int number);

    /** The rules, in the order in which they count. */
    List<RuleInfo> rules();

    /** What was counted since the adapter came up; good after it went. */
    ScsiDebugCounters counters();
}
