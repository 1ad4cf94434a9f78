package org.unplug.mmc.internal.port;

import java.util.Map;

/** What the specifications call commands; where SD and MMC differ, what SD does, then what MMC does. */
final class CommandNames {

    private static final Map<Integer, String> COMMANDS = Map.ofEntries(
            Map.entry(0, "GO_IDLE_STATE"),
            Map.entry(1, "SEND_OP_COND"),
            Map.entry(2, "ALL_SEND_CID"),
            Map.entry(3, "SEND_RELATIVE_ADDR"),
            Map.entry(6, "SWITCH"),
            Map.entry(7, "SELECT_CARD"),
            Map.entry(8, "SEND_IF_COND / SEND_EXT_CSD"),
            Map.entry(9, "SEND_CSD"),
            Map.entry(10, "SEND_CID"),
            Map.entry(11, "VOLTAGE_SWITCH"),
            Map.entry(12, "STOP_TRANSMISSION"),
            Map.entry(13, "SEND_STATUS"),
            Map.entry(16, "SET_BLOCKLEN"),
            Map.entry(17, "READ_SINGLE_BLOCK"),
            Map.entry(18, "READ_MULTIPLE_BLOCK"),
            Map.entry(19, "SEND_TUNING_BLOCK"),
            Map.entry(21, "SEND_TUNING_BLOCK"),
            Map.entry(22, "ADDRESS_EXTENSION"),
            Map.entry(23, "SET_BLOCK_COUNT"),
            Map.entry(24, "WRITE_BLOCK"),
            Map.entry(25, "WRITE_MULTIPLE_BLOCK"),
            Map.entry(32, "ERASE_WR_BLK_START"),
            Map.entry(33, "ERASE_WR_BLK_END"),
            Map.entry(35, "ERASE_GROUP_START"),
            Map.entry(36, "ERASE_GROUP_END"),
            Map.entry(38, "ERASE"),
            Map.entry(55, "APP_CMD"));

    private static final Map<Integer, String> APP_COMMANDS = Map.of(
            6, "SET_BUS_WIDTH",
            13, "SD_STATUS",
            22, "SEND_NUM_WR_BLOCKS",
            41, "SD_SEND_OP_COND",
            51, "SEND_SCR");

    private CommandNames() {}

    static String of(int opcode, boolean app) {
        return (app ? APP_COMMANDS : COMMANDS).getOrDefault(opcode, "");
    }
}
