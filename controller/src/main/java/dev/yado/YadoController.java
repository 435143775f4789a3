package dev.yado;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;

/** The controller's process. Without settings it keeps its state below {@code yado.state} and listens on loopback. */
// Callers are known by tokens alone: without the exclusion Spring makes a user of its own and logs its password.
@SpringBootApplication(exclude = UserDetailsServiceAutoConfiguration.class)
@ConfigurationPropertiesScan
public class YadoController {
    public static void main(String[] args) {
        SpringApplication.run(YadoController.class, args);
    }
}
