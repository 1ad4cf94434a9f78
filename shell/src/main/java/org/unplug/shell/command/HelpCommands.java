package org.unplug.shell.command;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** help: read from the commands' own declarations, so it shows exactly what is there now. */
@Component(service = {HelpCommands.class, Names.class})
@GogoCommand(scope = "unplug", function = "help")
public final class HelpCommands implements Names {

    private final BundleContext context;

    @Activate
    public HelpCommands(BundleContext context) {
        this.context = context;
    }

    /**
     * A command in the list.
     *
     * @param command how to call it
     * @param what it does
     */
    public record CommandRow(String command, String what) {}

    @Descriptor("lists the commands that are there now")
    public List<CommandRow> help() {
        Map<String, CommandRow> rows = new LinkedHashMap<>();
        for (Signature signature : ours()) {
            rows.putIfAbsent(signature.usage(), new CommandRow(signature.usage(), signature.what()));
        }
        return List.copyOf(rows.values());
    }

    @Descriptor("says what a command does and takes")
    public String help(@Descriptor("the command") @Names.Of(Kind.COMMAND) String command) {
        List<Signature> found = Signature.find(context, command);
        if (found.isEmpty()) {
            throw new CommandException(command + ": no such command");
        }
        return found.stream().map(HelpCommands::text).collect(Collectors.joining("\n"));
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return kind == Kind.COMMAND ? ours().stream().map(Signature::name).toList() : List.of();
    }

    private List<Signature> ours() {
        List<Signature> all = new ArrayList<>(Signature.inScope(context, "unplug"));
        all.addAll(Signature.inScope(context, "lab"));
        return all;
    }

    private static String text(Signature signature) {
        List<String> lines = new ArrayList<>();
        lines.add(signature.usage() + (signature.what().isEmpty() ? "" : " - " + signature.what()));
        lines.addAll(signature.details());
        return String.join("\n", lines);
    }
}
