package org.unplug.shell.command;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Component;
import org.unplug.shell.cli.Runner;

/** exit and source. */
@Component(service = SessionCommands.class)
@GogoCommand(
        scope = "unplug",
        function = {"exit", "source"})
public final class SessionCommands {

    @Descriptor("ends the shell; every disk is removed in order")
    public void exit(CommandSession session) {
        exit(session, 0);
    }

    @Descriptor("ends the shell with a status; every disk is removed in order")
    public void exit(CommandSession session, @Descriptor("0 to 255") int status) {
        if (status < 0 || status > 255) {
            throw new CommandException("status " + status + ": must be 0 to 255");
        }
        session.put(Runner.EXIT, status);
    }

    @Descriptor("runs the commands of a file in this session, up to the first failure")
    public void source(CommandSession session, @Descriptor("a file of the host") String file) throws IOException {
        Runner runner = new Runner(session, System.out, System.err, false);
        if (runner.run(file, 1, Files.readString(session.currentDir().resolve(file))) != 0) {
            throw new CommandException(file + ": stopped at the failure above");
        }
    }
}
