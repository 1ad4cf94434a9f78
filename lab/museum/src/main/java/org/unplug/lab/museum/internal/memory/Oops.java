package org.unplug.lab.museum.internal.memory;

/**
 * What the Kernel Address Sanitizer would say: which object, who allocated it, who released it, who used it afterwards.
 *
 * @param what the kind of mistake
 * @param object as "request_queue of mmcblk0"
 * @param era the protocol that was shown
 * @param allocated where it came from
 * @param released where it went; null if it is not released, for a BUG
 * @param used where it was used
 */
public record Oops(What what, String object, String era, Place allocated, Place released, Place used) {

    /** The kinds. */
    public enum What {
        USE_AFTER_RELEASE("use-after-release"),
        DOUBLE_RELEASE("double-release"),
        BUG("BUG_ON");

        private final String text;

        What(String text) {
            this.text = text;
        }
    }

    /** One line. */
    public String headline() {
        return "BUG: " + what.text + " of " + object + " in "
                + used.calls().get(0).replaceAll(" .*", "");
    }

    /** For a person, many lines. */
    public String text() {
        String rule = "=".repeat(70) + "\n";
        StringBuilder text = new StringBuilder(rule).append(headline()).append("\nProtocol: ");
        text.append(era).append("\nUsed by thread \"").append(used.thread()).append("\":\n");
        used.print(text);
        text.append("Allocated by thread \"").append(allocated.thread()).append("\":\n");
        allocated.print(text);
        if (released != null) {
            text.append("Released by thread \"").append(released.thread()).append("\":\n");
            released.print(text);
        }
        return text.append(rule).toString();
    }
}
