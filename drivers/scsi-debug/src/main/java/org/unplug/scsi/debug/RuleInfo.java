package org.unplug.scsi.debug;

/**
 * A rule that an adapter has.
 *
 * @param number by which it can be dropped; never used again by this adapter
 * @param rule as it was added
 * @param met how many calls it made go wrong so far
 */
public record RuleInfo(int number, Rule rule, long met) {}
