package heed.page.figure;

import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** How a figure is written down. */
public enum FigureFormat {
    /** Vector graphics; text stays text. */
    SVG {
        @Override
        public void write(Figure figure, OutputStream stream) throws IOException {
            SVGGraphics2D graphics = new SVGGraphics2D(emptySvg());
            graphics.setSVGCanvasSize(new Dimension(figure.width(), figure.height()));
            figure.paint(graphics);
            Element root = graphics.getRoot();
            root.setAttribute("viewBox", "0 0 %d %d".formatted(figure.width(), figure.height()));
            Writer writer = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
            graphics.stream(root, writer, true, false);
            writer.flush();
        }
    },
    /** An image of twice as many pixels in both directions. */
    PNG {
        @Override
        public void write(Figure figure, OutputStream stream) throws IOException {
            BufferedImage image =
                    new BufferedImage(
                            PNG_SCALE * figure.width(),
                            PNG_SCALE * figure.height(),
                            BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setRenderingHint(
                    RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(
                    RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setRenderingHint(
                    RenderingHints.KEY_FRACTIONALMETRICS,
                    RenderingHints.VALUE_FRACTIONALMETRICS_ON);
            graphics.scale(PNG_SCALE, PNG_SCALE);
            figure.paint(graphics);
            graphics.dispose();
            ImageIO.write(image, "png", stream);
        }
    };

    private static final int PNG_SCALE = 2;
    private static final String SVG_NAMESPACE = "http://www.w3.org/2000/svg";

    static {
        System.setProperty("java.awt.headless", "true");
    }

    /** Writes a figure; the stream stays open. */
    public abstract void write(Figure figure, OutputStream stream) throws IOException;

    private static Document emptySvg() throws IOException {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument(SVG_NAMESPACE, "svg", null);
        } catch (ParserConfigurationException e) {
            throw new IOException(e);
        }
    }
}
