package org.unplug.driver.mmcsim;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.unplug.mmc.CardState;
import org.unplug.mmc.spi.MmcResponse;

/**
 * What a kind of card understands, as a table: where each command is legal, and what it does. Filled by the classes that each know
 * one group of commands.
 */
final class CommandSet {

    /** What a command does. */
    interface Effect {
        MmcResponse on(Chip chip, int argument);
    }

    /**
     * A row.
     *
     * @param legal the states in which it is legal
     * @param whileLocked whether a card that is locked by a password obeys too
     */
    record Rule(Set<CardState> legal, boolean whileLocked, Effect effect) {}

    static final Set<CardState> ANY = EnumSet.allOf(CardState.class);
    static final Set<CardState> IDLE = EnumSet.of(CardState.IDLE);
    static final Set<CardState> READY = EnumSet.of(CardState.READY);
    static final Set<CardState> STBY = EnumSet.of(CardState.STBY);
    static final Set<CardState> TRAN = EnumSet.of(CardState.TRAN);
    static final Set<CardState> DATA_OR_RCV = EnumSet.of(CardState.DATA, CardState.RCV);
    static final Set<CardState> ADDRESSED =
            EnumSet.of(CardState.STBY, CardState.TRAN, CardState.DATA, CardState.RCV, CardState.PRG, CardState.DIS);
    static final Set<CardState> IDLE_OR_ADDRESSED = EnumSet.complementOf(EnumSet.of(CardState.READY, CardState.IDENT));

    static final CommandSet SD = sd();
    static final CommandSet MMC = mmc();

    private final Map<Integer, Rule> commands = new HashMap<>();
    private final Map<Integer, Rule> appCommands = new HashMap<>();

    private static CommandSet sd() {
        CommandSet set = new CommandSet();
        CoreCommands.addTo(set);
        SdCommands.addTo(set);
        GuardCommands.addTo(set);
        EraseCommands.addTo(set, 32, 33);
        return set;
    }

    private static CommandSet mmc() {
        CommandSet set = new CommandSet();
        CoreCommands.addTo(set);
        EmmcCommands.addTo(set);
        GuardCommands.addTo(set);
        EraseCommands.addTo(set, 35, 36);
        return set;
    }

    /** A command that a locked card obeys too. */
    void always(int opcode, Set<CardState> legal, Effect effect) {
        commands.put(opcode, new Rule(legal, true, effect));
    }

    /** A command that a locked card takes for illegal. */
    void unlocked(int opcode, Set<CardState> legal, Effect effect) {
        commands.put(opcode, new Rule(legal, false, effect));
    }

    /** One that follows CMD55. */
    void app(int opcode, Set<CardState> legal, boolean whileLocked, Effect effect) {
        appCommands.put(opcode, new Rule(legal, whileLocked, effect));
    }

    boolean hasApp(int opcode) {
        return appCommands.containsKey(opcode);
    }

    /** The rule for a command; null if there is none. */
    Rule rule(int opcode, boolean app) {
        return (app ? appCommands : commands).get(opcode);
    }
}
