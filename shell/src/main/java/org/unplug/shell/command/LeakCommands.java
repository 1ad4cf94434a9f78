package org.unplug.shell.command;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.block.DiskControl;
import org.unplug.block.Leak;
import org.unplug.ref.Leaks;

/** leaks: what should have been given back, and how much is known of it. */
@Component(service = {LeakCommands.class, Names.class})
@GogoCommand(scope = "unplug", function = "leaks")
public final class LeakCommands implements Names {

    /** Not a level: asks for it. */
    private static final String SHOW = "level";

    private final DiskControl control;

    @Activate
    public LeakCommands(@Reference DiskControl control) {
        this.control = control;
    }

    /**
     * Something that should have been given back.
     *
     * @param kind LOST: collected unclosed, and closed for its holder; LATE: its disk is dead and it holds it still
     * @param what as "handle of sda"
     * @param holder its own name
     * @param bundle whose it is
     * @param opened where, innermost frame first; empty if the level left it out
     */
    public record LeakRow(Leak.Kind kind, String what, String holder, String bundle, List<String> opened) {}

    /**
     * How much is known.
     *
     * @param level off: bundle and holder; sampled: where it was opened, of one in 64; all: of every one
     */
    public record LevelRow(String level) {}

    @Descriptor("shows handles that were never closed (LOST), and those that still hold a dead disk (LATE)")
    public List<LeakRow> leaks(
            @Descriptor("the whole stack that opened it")
                    @Parameter(names = "-s", presentValue = "true", absentValue = "false")
                    boolean stack) {
        return control.leaks().stream().map(leak -> row(leak, stack)).toList();
    }

    @Descriptor("from now on notes where what is opened: off, sampled (one in 64), all; level shows what it is")
    public LevelRow leaks(@Descriptor("off, sampled, all, or level") @Names.Of(Kind.LEAK_LEVEL) String level) {
        if (!level.equals(SHOW)) {
            control.track(Arrays.stream(Leaks.Level.values())
                    .filter(known -> name(known).equals(level))
                    .findFirst()
                    .orElseThrow(() -> new CommandException(
                            level + ": no such level; there are " + String.join(", ", names(Kind.LEAK_LEVEL, "")))));
        }
        return new LevelRow(name(control.tracking()));
    }

    private static LeakRow row(Leak leak, boolean stack) {
        Leaks.Held held = leak.held();
        return new LeakRow(
                leak.kind(),
                held.what(),
                held.holder(),
                held.owner(),
                stack ? held.stack() : BlockCommands.where(held));
    }

    private static String name(Leaks.Level level) {
        return level.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return kind == Kind.LEAK_LEVEL
                ? Stream.concat(Arrays.stream(Leaks.Level.values()).map(LeakCommands::name), Stream.of(SHOW))
                        .toList()
                : List.of();
    }
}
