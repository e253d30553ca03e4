import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** DynamoDB Local on one address instead of all of them, for which it has no option. The first argument is the address. */
class LoopbackDynamoDB {
    public static void main(String[] arguments) throws Exception {
        String[] options = java.util.Arrays.copyOfRange(arguments, 1, arguments.length);
        DynamoDBProxyServer dynamodb = ServerRunner.createServerFromCommandLineArgs(options);
        var server = DynamoDBProxyServer.class.getDeclaredField("server");
        server.setAccessible(true);
        for (Connector connector : ((Server) server.get(dynamodb)).getConnectors()) {
            ((ServerConnector) connector).setHost(arguments[0]);
        }
        dynamodb.start();
        dynamodb.join();
    }
}
