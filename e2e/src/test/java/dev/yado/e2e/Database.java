package dev.yado.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import java.util.UUID;

/** Somebody with the database's password, who changes rows behind the controller's back. Only for tests of what that does. */
final class Database implements AutoCloseable {
    private final Connection connection;

    Database(Path state) throws IOException, SQLException {
        Properties login = new Properties();
        login.setProperty("user", "yado");
        login.setProperty(
                "password", Files.readString(state.resolve("pg-password")).strip());
        String port = Files.readString(state.resolve("pg-port")).strip();
        connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/yado", login);
    }

    /** @param arguments ids as UUIDs */
    void change(String sql, UUID... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            statement.executeUpdate();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
