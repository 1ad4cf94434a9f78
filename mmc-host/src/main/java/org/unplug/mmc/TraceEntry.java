package org.unplug.mmc;

/**
 * Something that went over an adapter's line.
 *
 * @param micros since the first entry
 * @param what the command, as "CMD8" or "ACMD41", or "bus" for another clock, width or supply
 * @param name as the specification calls it, as "SEND_IF_COND"
 * @param argument eight hexadecimal digits; how the bus is driven now; or empty
 * @param type of the response, as "R1"; empty for none
 * @param response in hexadecimal digits; empty for none
 * @param meaning the response in words: state and errors of a status, how many blocks were moved, or what went wrong
 */
public record TraceEntry(
        long micros, String what, String name, String argument, String type, String response, String meaning) {}
