"""Colors of the plots: the set of Okabe and Ito, which color-blind people tell apart."""

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, GRAY = "#56B4E9", "#CC79A7", "#999999"
