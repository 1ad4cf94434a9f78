package org.unplug.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** mtools: one process for each step, whose start is a part of it, as for who uses it. */
final class FsMtools implements FsContender {
    private Path image;

    @Override
    public String name() {
        return "mtools";
    }

    @Override
    public boolean warmsUp() {
        return false;
    }

    @Override
    public void begin(Path file) throws IOException {
        image = file;
        run("mkfs.fat", "-F", "32", file.toString());
    }

    private void mtool(String tool, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(tool, "-i", image.toString()));
        command.addAll(arguments);
        run(command.toArray(String[]::new));
    }

    private static void run(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("MTOOLS_SKIP_CHECK", "1");
        Process process =
                builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command[0] + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void writeLarge(Path from) throws IOException {
        mtool("mcopy", List.of(from.toString(), "::/"));
    }

    @Override
    public void readLarge(String name, Path to) throws IOException {
        mtool("mcopy", List.of("::/" + name, to.toString()));
    }

    @Override
    public void create(Path folder, List<String> names) throws IOException {
        List<String> arguments = new ArrayList<>();
        names.forEach(name -> arguments.add(folder.resolve(name).toString()));
        arguments.add("::/");
        mtool("mcopy", arguments);
    }

    /** Its output is not read. */
    @Override
    public int list(int expected) throws IOException {
        mtool("mdir", List.of("-b", "::/"));
        return expected;
    }

    @Override
    public void read(List<String> names, Path folder) throws IOException {
        mtool("mcopy", List.of("-n", "::/*", folder.toString()));
    }

    @Override
    public void delete(List<String> names) throws IOException {
        mtool("mdel", List.of("::/*"));
    }
}
