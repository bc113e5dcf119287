/** An SVG element of a page as a file of its own. */
export function svgFile(svg: string): string {
  return `${svg.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')}\n`;
}
