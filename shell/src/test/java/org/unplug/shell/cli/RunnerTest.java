package org.unplug.shell.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.shell.command.CommandException;
import org.unplug.shell.command.SessionCommands;
import org.unplug.shell.table.RecordConverter;

class RunnerTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final PrintStream outStream = new PrintStream(out, true, StandardCharsets.UTF_8);
    private final PrintStream errStream = new PrintStream(err, true, StandardCharsets.UTF_8);
    private final ThreadIOImpl threads = new ThreadIOImpl();
    private final CommandProcessorImpl processor = new CommandProcessorImpl(threads);
    private CommandSession session;

    /** Commands of every kind of outcome. */
    public static final class Commands {
        public record Row(String name, int number) {}

        public List<Row> rows() {
            return List.of(new Row("a", 1), new Row("bb", 22));
        }

        public String say(String text) {
            return text;
        }

        public void fail() {
            throw new CommandException("no disk sdz; there are sda");
        }

        public void file() throws IOException {
            throw new NoSuchFileException("/x");
        }

        public void missing() {
            throw new NoClassDefFoundError("org/unplug/Gone");
        }
    }

    @BeforeEach
    void open() {
        threads.start();
        processor.addConverter(new RecordConverter());
        for (String function : List.of("rows", "say", "fail", "file", "missing")) {
            processor.addCommand("unplug", new Commands(), function);
        }
        processor.addCommand("unplug", new SessionCommands(), "exit");
        session = processor.createSession(InputStream.nullInputStream(), outStream, errStream);
    }

    @AfterEach
    void close() {
        processor.stop();
        threads.stop();
    }

    private int run(String script) {
        return new Runner(session, outStream, errStream, false).run("card.unplug", 1, script);
    }

    @Test
    void results_areShownOneAfterTheOther_notOnlyTheLast() {
        assertEquals(0, run("say one; rows\nsay two"));
        assertEquals("one\nNAME  NUMBER\na          1\nbb        22\ntwo\n", out.toString(StandardCharsets.UTF_8));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void failure_stopsTheScript_namingFileLineCommandAndReason() {
        assertEquals(1, run("say one\n\nfail\nsay never"));
        assertEquals("one\n", out.toString(StandardCharsets.UTF_8));
        assertEquals("card.unplug:3: fail: no disk sdz; there are sda\n", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void failure_ofAFile_saysItsReasonInWords() {
        run("file");
        assertEquals("card.unplug:1: file: /x: no such file or directory\n", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void failure_ofALinkageError_namesItsKind() {
        run("missing");
        assertEquals(
                "card.unplug:1: missing: NoClassDefFoundError: org/unplug/Gone\n",
                err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void unknownCommand_andWrongArguments_pointToHelp() {
        run("nothing");
        run("say one two three");
        assertEquals(
                "card.unplug:1: nothing: no such command; help lists them\n"
                        + "card.unplug:1: say: these arguments do not fit; see help say\n",
                err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void or_runsAfterFailure_and_doesNot() {
        assertEquals(0, run("fail || say saved"));
        assertEquals(1, run("fail && say never\nsay never"));
        assertEquals("saved\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void failure_atTheConsole_endsNothing() {
        assertEquals(1, new Runner(session, outStream, errStream, true).run("", 1, "fail; say on"));
        assertEquals("fail: no disk sdz; there are sda\n", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void syntaxError_runsNothing() {
        assertEquals(1, run("say one\nsay }\n"));
        assertEquals("", out.toString(StandardCharsets.UTF_8));
        assertEquals(true, err.toString(StandardCharsets.UTF_8).startsWith("card.unplug:2: syntax error: "));
    }

    @Test
    void exit_endsTheScriptWithItsStatus() {
        assertEquals(7, run("exit 7\nsay never"));
        assertEquals("", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void stream_runsEachLineAsItComes_andCountsThem() throws IOException {
        BufferedReader in = new BufferedReader(new StringReader("say one\nsay 'two\nlines'\nfail\nsay never\n"));
        assertEquals(1, new Runner(session, outStream, errStream, false).runStream("stdin", in));
        assertEquals("one\ntwo\nlines\n", out.toString(StandardCharsets.UTF_8));
        assertEquals("stdin:4: fail: no disk sdz; there are sda\n", err.toString(StandardCharsets.UTF_8));
    }
}
