package org.unplug.lab.internal.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.unplug.lab.internal.contract.Findings;
import org.unplug.lab.internal.report.HtmlPage;
import org.unplug.lab.internal.report.JsonFile;
import org.unplug.lab.internal.report.MarkdownFile;
import org.unplug.lab.internal.report.Protocols;
import org.unplug.lab.internal.report.TextTable;
import org.unplug.lab.internal.rig.Comparison;
import org.unplug.lab.internal.rig.World;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** The command {@code lab:compare}. */
@Component(
        service = CompareCommand.class,
        property = {"osgi.command.scope=lab", "osgi.command.function=compare"})
public final class CompareCommand {

    private static final int OK = 0;
    private static final int BROKEN = 1;
    private static final int USAGE = 2;

    private final BundleContext context;
    private final SystemClockwork clockwork = Clockwork.system("unplug-lab");

    @Activate
    public CompareCommand(BundleContext context) {
        this.context = context;
    }

    @Deactivate
    void stop() {
        clockwork.close();
    }

    /** Runs the comparison; the result is the exit status. */
    @Descriptor("removes MMC and SCSI disks under load and compares both with the removal contract")
    public Integer compare(
            CommandSession session,
            @Descriptor("--seed N, --rounds N, --shuffle, --soak N, --out DIR, --no-past") Object... arguments) {
        PrintStream console = session.getConsole();
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) {
            if (argument instanceof Collection<?> several) {
                several.forEach(word -> words.add(String.valueOf(word)));
            } else {
                words.add(String.valueOf(argument));
            }
        }
        if (words.contains("--help")) {
            console.print(Options.USAGE);
            return OK;
        }
        Options options;
        try {
            options = Options.parse(words, clockwork.nanoTime() & 0xffff_ffffL);
        } catch (IllegalArgumentException e) {
            console.println("compare: " + e.getMessage());
            return USAGE;
        }
        return run(options, console);
    }

    private int run(Options options, PrintStream console) {
        boolean terminal = System.getProperty("unplug.terminal", "").contains("stdout");
        Progress progress = new Progress(console, terminal);
        try {
            Protocols protocols = options.protocols() == null ? Protocols.NONE : Protocols.read(options.protocols());
            Findings findings =
                    new Comparison(new World(context, clockwork), options.plan(), options.out(), progress).run();
            progress.done();
            JsonFile.write(options.out().resolve("compare.json"), findings, protocols);
            MarkdownFile.write(options.out().resolve("report.md"), findings, protocols);
            HtmlPage.write(options.out().resolve("index.html"), findings, protocols);
            console.print(TextTable.of(findings, terminal));
            console.println("page: " + options.out().resolve("index.html"));
            return findings.isBroken() ? BROKEN : OK;
        } catch (IOException | RuntimeException e) {
            progress.done();
            console.println("compare: " + (e instanceof IOException ? e.getMessage() : e.toString()));
            return BROKEN;
        }
    }
}
